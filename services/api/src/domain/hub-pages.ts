/** The hubs of a deployment, page by page, as far as whoever asks may see them. */
import { administers, type Administrator } from './caller.js';
import { orUndefined } from './find-hub.js';
import type { HubAdministration, HubPage } from './hub.js';
import type { Role } from './role.js';

/** Hubs that are looked up one by one. */
export const lookedUpMax = 50;

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
    return administration.list(after);
  }
  const names = hubsOf(who)
    .filter((name) => name > (after ?? ''))
    .slice(0, lookedUpMax);
  const found = await Promise.all(names.map((name) => orUndefined(administration.get(name))));
  const next = names.length < lookedUpMax ? undefined : names.at(-1);
  return { hubs: found.filter((hub) => hub !== undefined), next };
}

/** Those on which there is a role to see them, in the order of their names. */
function hubsOf(who: Administrator): readonly string[] {
  const grants = who.kind === 'principal' ? who.grants : [];
  const names = grants.flatMap(({ role, hub }) =>
    hub !== undefined && seers.includes(role) ? [hub] : [],
  );
  return [...new Set(names)].sort();
}
