import { HubError, type HubId } from '@linchpin/wire';
import { toDesiredPatch, type PatchOperation } from './digital-twin-patch.js';
import type { Twin, Twins } from './twins.js';

interface DigitalTwinPatch {
  readonly deviceId: string;
  readonly operations: readonly PatchOperation[];
  /** As that of a twin: it is its entity tag. */
  readonly ifMatch: string | undefined;
}

/** So often others may be faster. */
const attemptsMax = 5;

/**
 * What is to be removed is found in the twin, so the change holds for the twin that was read alone. When it
 * has changed meanwhile and the client expects no tag, it is read again.
 *
 * @returns the twin after the change
 * @throws HubError
 */
export async function patchDigitalTwin(
  twins: Twins,
  hub: HubId,
  { deviceId, operations, ifMatch = '*' }: DigitalTwinPatch,
): Promise<Twin> {
  for (let attempt = 1; attempt <= attemptsMax; attempt++) {
    const twin = await twins.get(hub, { deviceId });
    const desired = toDesiredPatch(twin.json, operations);
    const desiredJson = desired && JSON.stringify(desired);
    try {
      return await twins.update(
        hub,
        { deviceId },
        {
          ...{ mode: 'patch', tagsJson: undefined, desiredJson },
          ifMatch: ifMatch === '*' ? twin.etag : ifMatch,
        },
      );
    } catch (error) {
      if (ifMatch !== '*' || !isPreconditionFailed(error)) {
        throw error;
      }
    }
  }
  throw new HubError('ServiceUnavailable', 'Others change the twin all the time; try again.');
}

function isPreconditionFailed(error: unknown): boolean {
  return error instanceof HubError && error.code === 'PreconditionFailed';
}
