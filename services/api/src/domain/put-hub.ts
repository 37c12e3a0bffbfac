import { HubError } from '@linchpin/wire';
import { isSameName, orUndefined } from './find-hub.js';
import type { CreatedHub, Hub, HubAdministration, HubDefinition } from './hub.js';

interface HubPut {
  readonly definition: HubDefinition;
  /** An entity tag, or `*` for whatever the hub has; undefined creates as well. */
  readonly ifMatch: string | undefined;
}

/**
 * Creates the hub, or finds it as it is described. What the description leaves out is as it was, so
 * that repeating a PUT is always fine; what it changes is refused by name, for no member can be
 * changed yet.
 *
 * @throws HubError `GenericConflict` naming what differs, `PreconditionFailed`, `ArgumentInvalid`
 */
export async function putHub(
  administration: HubAdministration,
  { definition, ifMatch }: HubPut,
): Promise<CreatedHub> {
  const existing = await orUndefined(administration.get(definition.name));
  if (ifMatch !== undefined && !isExpected(existing, ifMatch)) {
    throw new HubError('PreconditionFailed', 'The hub has another entity tag, or does not exist.');
  }
  if (existing !== undefined) {
    return administration.create(complete(definition, existing));
  }
  if (definition.location === undefined) {
    throw new HubError('ArgumentInvalid', 'location: a new hub needs one.');
  }
  return administration.create({ ...definition, location: definition.location });
}

function isExpected(existing: Hub | undefined, ifMatch: string): boolean {
  return existing !== undefined && (ifMatch === '*' || ifMatch === existing.etag);
}

function complete(definition: HubDefinition, existing: Hub): HubDefinition & { location: string } {
  return {
    name: existing.name,
    subscriptionId: spelling(definition.subscriptionId, existing.subscriptionId),
    resourceGroup: spelling(definition.resourceGroup, existing.resourceGroup),
    location: spelling(definition.location ?? existing.location, existing.location),
    hostNames: definition.hostNames.length > 0 ? definition.hostNames : existing.hostNames,
    partitionCount: definition.partitionCount ?? existing.partitionCount,
    retentionDays: definition.retentionDays ?? existing.retentionDays,
  };
}

/** A name that differs in letter case alone is no change. */
function spelling(given: string, existing: string): string {
  return isSameName(given, existing) ? existing : given;
}
