import { isSameName } from './find-hub.js';
import { hubPageSize } from './hub-pages.js';
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
    const page = await administration.list(hubPageSize, after);
    const own = page.filter((hub) => isSameName(hub.subscriptionId, subscriptionId));
    const free = own.filter(({ settings }) => settings.limits.sku === 'F1').length;
    counts = { free: counts.free + free, paid: counts.paid + own.length - free };
    after = page.length < hubPageSize ? undefined : page.at(-1)?.name;
  } while (after !== undefined);
  return counts;
}
