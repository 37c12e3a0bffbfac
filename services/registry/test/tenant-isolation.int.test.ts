import { afterAll, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { IdentityStatus, RegeneratedKeys } from '@linchpin/contracts';
import { actAs } from '@linchpin/platform/actor';
import {
  type ActiveHub,
  client,
  createHub,
  definition,
  hubRequest,
  sasKeys,
  token,
  withToken,
} from './support/requests.js';
import {
  createTestDeployment,
  type TestDeployment,
  type TestRegistry,
} from './support/start-test-registry.js';

jest.setTimeout(30_000);

let deployment: TestDeployment;
let registry: TestRegistry;
/** Has the device `d1` with the module `m1`. */
let owner: ActiveHub;
/** Has a device of the same id with other keys, or none, as the test says. */
let stranger: ActiveHub;
let identity: unknown;

const ownerKeys = sasKeys(1);
const strangerKeys = sasKeys(2);
const device = { deviceId: 'd1' };
const module = { deviceId: 'd1', moduleId: 'm1' };

beforeAll(async () => {
  deployment = await createTestDeployment();
  registry = await deployment.start();
});

afterAll(() => deployment.close());

beforeEach(async () => {
  [owner, stranger] = await Promise.all([createHub(registry), createHub(registry)]);
  await create(owner, { authentication: ownerKeys });
  await create(owner, { moduleId: 'm1', authentication: ownerKeys });
  identity = await registry.identities.getIdentity({ hub: owner.name, ...device });
});

const create = ({ name: hub }: ActiveHub, members: Parameters<typeof definition>[0]) =>
  registry.identities.createIdentity({ hub, definition: definition(members) });

const notFound = { code: 'DeviceNotFound' };

async function expectOwnersUntouched(): Promise<void> {
  expect(await registry.identities.getIdentity({ hub: owner.name, ...device })).toEqual(identity);
  const { modules } = await registry.identities.listModules({ hub: owner.name, ...device });
  expect(modules).toHaveLength(1);
}

test.each([device, module])('ids of another hub mean nothing: %j', async (id) => {
  const { identities } = registry;
  const there = { hub: stranger.name, ...id };
  await expect(identities.getIdentity(there)).rejects.toMatchObject(notFound);
  await expect(identities.deleteIdentity({ ...there, ifMatch: '*' })).rejects.toMatchObject(
    notFound,
  );
  const update = { hub: stranger.name, definition: definition(id), ifMatch: '*' };
  await expect(identities.updateIdentity(update)).rejects.toMatchObject(notFound);
  await expect(identities.listModules(there)).rejects.toMatchObject(notFound);
  await expectOwnersUntouched();
});

test('a module finds no device in another hub', async () => {
  await expect(create(stranger, { moduleId: 'm2' })).rejects.toMatchObject(notFound);
});

test('lists and statistics hold what is the own hub’s', async () => {
  const { identities } = registry;
  expect(await identities.listDevices({ hub: stranger.name, limit: 10 })).toEqual({ devices: [] });
  const statistics = await identities.getStatistics({ hub: stranger.name });
  expect(statistics.totalDeviceCount).toBe(0n);
  expect((await identities.getStatistics({ hub: owner.name })).totalDeviceCount).toBe(1n);
});

test('the same id in two hubs is two devices', async () => {
  await create(stranger, { authentication: strangerKeys, status: IdentityStatus.DISABLED });
  const update = {
    hub: stranger.name,
    definition: definition({ statusReason: 'mine' }),
    ifMatch: '*',
  };
  await registry.identities.updateIdentity(update);
  await registry.identities.deleteIdentity({ hub: stranger.name, ...device });
  await expectOwnersUntouched();
});

test('a device connects to its own hub alone', async () => {
  await create(stranger, { authentication: strangerKeys });
  const { authenticateDevice } = registry.identities;
  const key = ownerKeys.primaryKey;
  expect(await authenticateDevice(withToken(owner, 'd1', { key }))).toMatchObject({
    hub: owner.name,
  });
  const unauthorized = { code: 'IotHubUnauthorized' };
  const attempts = [
    // Signed for the stranger's hub with the owner's key, and the other way round.
    withToken(stranger, 'd1', { key }),
    withToken(owner, 'd1', { key: strangerKeys.primaryKey }),
    // Signed for one hub, shown to the other.
    { ...withToken(owner, 'd1', { key }), hostName: stranger.hostName },
    { ...withToken(stranger, 'd1', { key: strangerKeys.primaryKey }), hostName: owner.hostName },
  ];
  for (const attempt of attempts) {
    await expect(authenticateDevice(attempt)).rejects.toMatchObject(unauthorized);
  }
});

test('a policy lets nobody into another hub', async () => {
  const key = stranger.policyKeys['iothubowner']!;
  const policy = 'iothubowner';
  const { authenticateDevice, authorizeService } = registry.identities;
  const attempts = [
    withToken(owner, 'd1', { key, policy }),
    withToken(owner, 'd1', { key, policy, audience: stranger.hostName }),
  ];
  for (const attempt of attempts) {
    await expect(authenticateDevice(attempt)).rejects.toMatchObject({ code: 'IotHubUnauthorized' });
  }
  const sharedAccessSignature = token({ audience: owner.hostName, key, policy });
  await expect(
    authorizeService({ sharedAccessSignature, path: '/', client }),
  ).rejects.toMatchObject({
    code: 'IotHubUnauthorizedAccess',
  });
  const own = token({ audience: stranger.hostName, key, policy });
  expect(await authorizeService({ sharedAccessSignature: own, path: '/', client })).toMatchObject({
    hub: stranger.name,
  });
});

test('who was judged for a hub does nothing to a later one of its name', async () => {
  const { identities, bulk, hubs } = registry;
  const policy = 'iothubowner';
  const claim = {
    sharedAccessSignature: token({
      audience: owner.hostName,
      key: owner.policyKeys[policy]!,
      policy,
    }),
    path: '/devices',
    client,
  };
  const { hub, hubGeneration } = await identities.authorizeService(claim);
  const caller = { kind: 'policy', name: policy, hubGeneration } as const;
  await actAs(caller, () => identities.getStatistics({ hub }));

  await hubs.deleteHub({ name: owner.name });
  await hubs.createHub(hubRequest({ name: owner.name }));
  const calls = (): readonly Promise<unknown>[] => [
    create(owner, { deviceId: 'late' }),
    identities.updateIdentity({ hub, definition: definition(), ifMatch: '*' }),
    identities.deleteIdentity({ hub, ...device }),
    identities.getIdentity({ hub, ...device }),
    identities.listDevices({ hub, limit: 1 }),
    identities.getStatistics({ hub }),
    bulk.regenerateKeys({ hub, identities: [device], keys: RegeneratedKeys.BOTH }),
  ];
  for (const outcome of await actAs(caller, () => Promise.allSettled(calls()))) {
    expect(outcome).toMatchObject({ reason: { code: 'IotHubNotFound' } });
  }
  expect((await identities.listDevices({ hub, limit: 1 })).devices).toEqual([]);
});
