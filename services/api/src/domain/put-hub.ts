import { HubError } from '@linchpin/wire';
import { orUndefined } from './find-hub.js';
import type { CreatedHub, HubAdministration, HubDefinition } from './hub.js';

interface HubPut {
  readonly definition: HubDefinition;
  /** An entity tag, or `*` for whatever the hub has; undefined creates as well. */
  readonly ifMatch: string | undefined;
}

/**
 * Creates the hub, or changes what the description names. What it leaves out is as it was.
 *
 * @throws HubError `GenericConflict` naming what never changes, `PreconditionFailed`, `ArgumentInvalid`
 */
export async function putHub(
  administration: Pick<HubAdministration, 'create' | 'get' | 'update'>,
  { definition, ifMatch }: HubPut,
): Promise<CreatedHub> {
  const existing = await orUndefined(administration.get(definition.name));
  if (existing === undefined) {
    if (ifMatch !== undefined) {
      throw new HubError('PreconditionFailed', 'There is no hub that could have an entity tag.');
    }
    const { location } = definition;
    if (location === undefined) {
      throw new HubError('ArgumentInvalid', 'location: a new hub needs one.');
    }
    const created = await administration.create({ ...definition, location });
    if (created.isNew) {
      return created;
    }
  }
  return { hub: await administration.update(definition, ifMatch), isNew: false };
}
