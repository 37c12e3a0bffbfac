/** The hubs of a deployment, page by page, as far as whoever asks may see them. */
import { administers, type Administrator } from './caller.js';
import { orUndefined } from './find-hub.js';
import type { Hub, HubAdministration } from './hub.js';
import type { Role } from './role.js';

/**
 * Each may have 128 KiB that it only keeps, more with its secrets masked, and 50 tags: so many are less
 * than the 16 MiB of an answer of the registry, whatever their owners make of them.
 */
export const hubPageSize = 50;

export interface HubPage {
  readonly hubs: readonly Hub[];
  /** Goes on behind this page; undefined at the end. */
  readonly next: string | undefined;
}

const seers: readonly Role[] = ['reader', 'owner'];

/**
 * By name. Whoever has roles on some hubs gets those, looked up one by one: neither what they get nor
 * where it goes on tells of others.
 */
export async function listHubs(
  administration: Pick<HubAdministration, 'get' | 'list'>,
  who: Administrator,
  after: string | undefined,
): Promise<HubPage> {
  if (administers(who, seers, undefined)) {
    const hubs = await administration.list(hubPageSize, after);
    return { hubs, next: nextOf(hubs.map(({ name }) => name)) };
  }
  const names = hubsOf(who)
    .filter((name) => name > (after ?? ''))
    .slice(0, hubPageSize);
  const found = await Promise.all(names.map((name) => orUndefined(administration.get(name))));
  return { hubs: found.filter((hub) => hub !== undefined), next: nextOf(names) };
}

function nextOf(names: readonly string[]): string | undefined {
  return names.length < hubPageSize ? undefined : names.at(-1);
}

/** Those on which there is a role to see them, in the order of their names. */
function hubsOf(who: Administrator): readonly string[] {
  const grants = who.kind === 'principal' ? who.grants : [];
  const names = grants.flatMap(({ role, hub }) =>
    hub !== undefined && seers.includes(role) ? [hub] : [],
  );
  return [...new Set(names)].sort();
}
