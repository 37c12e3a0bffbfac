import { HubError } from '@linchpin/wire';
import { orUndefined } from './find-hub.js';
import type { CreatedHub, Hub, HubAdministration, HubChanges, HubDefinition } from './hub.js';

interface HubPut {
  readonly definition: HubDefinition;
  /** An entity tag, or `*` for whatever the hub has; undefined creates as well. */
  readonly ifMatch: string | undefined;
  /** Whether whoever asks owns all hubs of the deployment, and not this one alone. */
  readonly ownsDeployment: boolean;
}

/**
 * Creates the hub, or changes what the description names. What it leaves out is as it was.
 *
 * @throws HubError `GenericConflict` naming what never changes, `GenericForbidden` naming what takes an
 *   owner of the deployment, `PreconditionFailed`, `ArgumentInvalid`
 */
export async function putHub(
  administration: Pick<HubAdministration, 'create' | 'get' | 'update'>,
  { definition, ifMatch, ownsDeployment }: HubPut,
): Promise<CreatedHub> {
  const existing = await orUndefined(administration.get(definition.name));
  if (!ownsDeployment) {
    const allowed = withoutLimits(definition, existing);
    return { hub: await administration.update(allowed, ifMatch), isNew: false };
  }
  if (existing === undefined) {
    if (ifMatch !== undefined) {
      throw new HubError(
        'PreconditionFailed',
        'There is no hub of that name, and If-Match asks for one.',
      );
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

/** How much a hub may do is the deployment's to decide; by the names that requests have for it. */
const limitMembers = [
  ['sku', 'sku.name'],
  ['units', 'sku.capacity'],
  ['unlimited', 'properties.limits'],
] as const satisfies readonly [keyof HubChanges, string][];

/**
 * What the owner of one hub may change of it. Limits may be named as they are, for clients send back all
 * that they read, and are not written even so: they may be others by the time of the change.
 */
function withoutLimits(definition: HubDefinition, existing: Hub | undefined): HubDefinition {
  if (existing === undefined) {
    throw needsDeployment('creating a hub');
  }
  const { changes } = definition;
  const { limits } = existing.settings;
  const others = limitMembers
    .filter(([member]) => (changes[member] ?? limits[member]) !== limits[member])
    .map(([, name]) => name);
  if (others.length > 0) {
    throw needsDeployment(`changing ${others.join(', ')}`);
  }
  const unchanged = { sku: undefined, units: undefined, unlimited: undefined };
  return { ...definition, changes: { ...changes, ...unchanged } };
}

function needsDeployment(what: string): HubError {
  return new HubError(
    'GenericForbidden',
    `The role owner of one hub does not allow ${what}: that takes the role owner of all hubs.`,
  );
}
