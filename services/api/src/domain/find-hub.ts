import { HubError } from '@linchpin/wire';
import type { Hub, HubAdministration, ResourceGroup } from './hub.js';

/** Where a hub stands. Its name alone is unique in a deployment, whatever the resource group. */
export interface HubPlace extends ResourceGroup {
  readonly name: string;
}

/** @throws HubError `GenericNotFound` */
export async function getHub(administration: HubAdministration, place: HubPlace): Promise<Hub> {
  const hub = await administration.get(place.name);
  if (!isInGroup(hub, place)) {
    throw new HubError('GenericNotFound', 'The resource group has no hub of that name.');
  }
  return hub;
}

/** The result of a look-up, or undefined where there is no such hub. */
export async function orUndefined(found: Promise<Hub>): Promise<Hub | undefined> {
  try {
    return await found;
  } catch (error) {
    if (error instanceof HubError && error.code === 'GenericNotFound') {
      return undefined;
    }
    throw error;
  }
}

export function isInGroup(hub: ResourceGroup, group: ResourceGroup): boolean {
  return (
    isSameName(hub.subscriptionId, group.subscriptionId) &&
    isSameName(hub.resourceGroup, group.resourceGroup)
  );
}

/** Azure's resources are compared without regard to case. */
export function isSameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
