import { HubError, validateHubName } from '@linchpin/wire';
import { orUndefined } from './find-hub.js';
import type { HubAdministration } from './hub.js';

interface NameAvailability {
  readonly nameAvailable: boolean;
  /** Undefined when it is available; so is the message. */
  readonly reason: 'AlreadyExists' | 'Invalid' | undefined;
  readonly message: string | undefined;
}

/** Whether a hub of that name can be created: names are unique in a deployment. */
export async function checkNameAvailability(
  administration: Pick<HubAdministration, 'get'>,
  name: string,
): Promise<NameAvailability> {
  try {
    validateHubName(name);
  } catch (error) {
    if (error instanceof HubError) {
      return { nameAvailable: false, reason: 'Invalid', message: error.message };
    }
    throw error;
  }
  const existing = await orUndefined(administration.get(name));
  return existing === undefined
    ? { nameAvailable: true, reason: undefined, message: undefined }
    : {
        nameAvailable: false,
        reason: 'AlreadyExists',
        message: 'A hub of that name exists already, or is being deleted.',
      };
}
