import { expect, test } from '@jest/globals';
import type { Administrator } from './caller.js';
import type { HubAdministration } from './hub.js';
import { lookedUpMax, listHubs } from './hub-pages.js';
import { administrationOf, existingHub } from './hubs.fake.js';
import type { Grant, Role } from './role.js';

const nameOf = (index: number): string => `hub-${String(index).padStart(4, '0')}`;
const all = Array.from({ length: 3 * lookedUpMax }, (_, index) => nameOf(index));

const hubsOf = (names: readonly string[]): Pick<HubAdministration, 'get' | 'list'> =>
  administrationOf(names.map((name) => existingHub({ name: name.toUpperCase() })));

function bearer(...grants: [Role, string | undefined][]): Administrator {
  const toGrant = ([role, hub]: (typeof grants)[number]): Grant => ({ role, hub });
  return { kind: 'principal', name: 'alice', grants: grants.map(toGrant) };
}

async function allPages(who: Administrator, names = all): Promise<string[][]> {
  const pages: string[][] = [];
  let after: string | undefined;
  do {
    const { hubs, next } = await listHubs(hubsOf(names), who, after);
    pages.push(hubs.map(({ name }) => name.toLowerCase()));
    after = next;
  } while (after !== undefined);
  return pages;
}

test.each<Administrator>([
  { kind: 'administrator' },
  bearer(['reader', undefined]),
  bearer(['owner', undefined], ['owner', nameOf(1)]),
])('whoever may see all hubs gets them page by page: %j', async (who) => {
  const pages = await allPages(who);

  expect(pages.flat()).toEqual(all);
  expect(pages.length).toBeGreaterThan(2);
});

test('who may see some gets those that there are, each once and in order', async () => {
  const who = bearer(
    ['owner', nameOf(7)],
    ['reader', nameOf(7)],
    ['reader', nameOf(3)],
    ['reader', 'nobodys'],
    ['data contributor', nameOf(5)],
  );

  expect(await allPages(who)).toEqual([[nameOf(3), nameOf(7)]]);
});

test('where a list goes on names no hub of others', async () => {
  const own = all.filter((_, index) => index % 2 === 0);
  const who = bearer(...own.map((name): [Role, string] => ['reader', name]));
  const { next } = await listHubs(hubsOf(all), who, undefined);

  expect(own).toContain(next);
  expect((await allPages(who)).flat()).toEqual(own);
  // As if somebody had guessed.
  expect(await listHubs(hubsOf(all), bearer(['reader', nameOf(3)]), nameOf(4))).toEqual({
    hubs: [],
    next: undefined,
  });
});

test('a hub that cannot be looked up is not left out', async () => {
  const away = { ...hubsOf(all), get: () => Promise.reject(new Error('away')) };

  await expect(listHubs(away, bearer(['reader', nameOf(3)]), undefined)).rejects.toThrow('away');
});
