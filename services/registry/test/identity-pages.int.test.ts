import { afterAll, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import type { Identity } from '@linchpin/contracts';
import { actAs, type Actor } from '@linchpin/platform/actor';
import { createHub, definition, type ActiveHub } from './support/requests.js';
import {
  createTestDeployment,
  type TestDeployment,
  type TestRegistry,
} from './support/start-test-registry.js';

jest.setTimeout(30_000);

let deployment: TestDeployment;
let registry: TestRegistry;
let hub: ActiveHub;
let hubGeneration: string;

beforeAll(async () => {
  deployment = await createTestDeployment();
  registry = await deployment.start();
});

afterAll(() => deployment.close());

beforeEach(async () => {
  hub = await createHub(registry);
  ({ hubGeneration } = await registry.pages.getHubGeneration({ hub: hub.name }));
});

async function create(deviceId: string, moduleId?: string): Promise<void> {
  await registry.identities.createIdentity({
    hub: hub.name,
    definition: definition({ deviceId, ...(moduleId !== undefined && { moduleId }) }),
  });
}

async function page(limit: number, last?: Identity): Promise<readonly Identity[]> {
  const after = last && { deviceId: last.deviceId, moduleId: last.moduleId ?? '' };
  const request = { hub: hub.name, after, limit };
  return (await registry.pages.listIdentities(request)).identities;
}

test('pages hold every identity once, each device before its modules', async () => {
  for (const id of ['b', 'B', 'a']) {
    await create(id);
  }
  for (const moduleId of ['n', 'm']) {
    await create('a', moduleId);
  }
  const first = await page(2);
  const second = await page(2, first.at(-1));
  const third = await page(2, second.at(-1));

  const names = [...first, ...second, ...third].map((found) => [found.deviceId, found.moduleId]);
  expect(names).toEqual([
    ['B', undefined],
    ['a', undefined],
    ['a', 'm'],
    ['a', 'n'],
    ['b', undefined],
  ]);
  expect(third[0]).toEqual(
    (await registry.identities.getIdentity({ hub: hub.name, deviceId: 'b' })).identity,
  );
  expect(await registry.pages.countIdentities({ hub: hub.name })).toEqual({ count: 5n });
});

test('a hub that was made again under its name is not the one that its actor copies', async () => {
  const copier: Actor = { kind: 'process', name: 'copier', hubGeneration };
  await create('mine');
  expect(await actAs(copier, () => page(10))).toHaveLength(1);
  await registry.hubs.deleteHub({ name: hub.name });
  const request = { subscriptionId: 'local', resourceGroup: 'local', location: 'here' };
  await registry.hubs.createHub({ ...request, name: hub.name, hostNames: [], partitionCount: 1 });
  await create('theirs');

  const gone = { code: 'IotHubNotFound' };
  await expect(actAs(copier, () => page(10))).rejects.toMatchObject(gone);
  const generation = () => registry.pages.getHubGeneration({ hub: hub.name });
  await expect(actAs(copier, generation)).rejects.toMatchObject(gone);
  expect((await generation()).hubGeneration).not.toBe(hubGeneration);
});

test.each([0, 501, -1])('a page of %d is refused', async (limit) => {
  await expect(page(limit)).rejects.toMatchObject({ code: 'ArgumentInvalid' });
});

test("another hub's generation opens nothing", async () => {
  const other = await createHub(registry);
  const request = { hub: other.name, after: undefined, limit: 10 };

  await expect(
    actAs({ kind: 'process', name: 'copier', hubGeneration }, () =>
      registry.pages.listIdentities(request),
    ),
  ).rejects.toMatchObject({ code: 'IotHubNotFound' });
});

test('a position that no identity can have is the end', async () => {
  await create('a');

  const after = { deviceId: 'a\0', moduleId: '' };
  const request = { hub: hub.name, after, limit: 10 };
  expect(await registry.pages.listIdentities(request)).toEqual({ identities: [] });
});
