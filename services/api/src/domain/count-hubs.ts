import { isSameName } from './find-hub.js';
import type { HubAdministration } from './hub.js';

export interface HubCounts {
  readonly free: number;
  readonly paid: number;
}

export async function countHubs(
  administration: Pick<HubAdministration, 'list'>,
  subscriptionId: string,
): Promise<HubCounts> {
  let counts = { free: 0, paid: 0 };
  let after: string | undefined;
  do {
    const { hubs, next } = await administration.list(after);
    const own = hubs.filter((hub) => isSameName(hub.subscriptionId, subscriptionId));
    const free = own.filter(({ settings }) => settings.limits.sku === 'F1').length;
    counts = { free: counts.free + free, paid: counts.paid + own.length - free };
    after = next;
  } while (after !== undefined);
  return counts;
}
