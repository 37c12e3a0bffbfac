import { beforeEach, describe, expect, test } from '@jest/globals';
import { BulkRegistry, type BulkRow, type RowResult } from './bulk-registry.js';
import type { IdentityDefinition } from './device-identity.js';
import { IdentityQuota } from './identity-quota.js';
import {
  deviceDefinition,
  hubDefinition,
  sampleKeys,
  samplePolicies,
  sampleSources,
  sampleTime,
} from './samples.fake.js';
import type { KeyPair } from './signing-key.js';
import { inMemoryStores, type Stores } from './stores.fake.js';

const [keyA, keyB] = sampleKeys;
const keys = { type: 'sas', primaryKey: keyA, secondaryKey: keyB } as const;
const identitiesMax = 120;

let stores: Stores;
let registry: BulkRegistry;

beforeEach(async () => {
  stores = inMemoryStores();
  const { hubs, bulk: store, counts } = stores;
  await hubs.insert(hubDefinition('hub1'), samplePolicies);
  await hubs.activate('hub1');
  const quota = new IdentityQuota({
    identitiesMax,
    countIdentities: (hub) => counts.count(hub),
    clock: () => sampleTime,
  });
  registry = new BulkRegistry({ store, quota, sources: sampleSources() });
});

const row = (
  action: BulkRow['action'],
  members: Partial<IdentityDefinition> = {},
  ifMatch?: string,
): BulkRow => ({ action, definition: deviceDefinition(members), ifMatch });
const apply = async (...rows: BulkRow[]) => (await registry.apply('hub1', rows)).map(outcomeOf);
const find = (deviceId: string, moduleId?: string) =>
  stores.identities.get('hub1', { deviceId, moduleId });
const many = (count: number, prefix = 'd') =>
  Array.from({ length: count }, (_, index) => row('create', { deviceId: `${prefix}${index}` }));

function outcomeOf(result: RowResult): string {
  return 'failure' in result ? result.failure.code : result.done;
}

describe('rows', () => {
  test('service-rest 24: 100 are taken, 101 are not, nor none', async () => {
    await expect(apply(...many(101))).rejects.toMatchObject({ code: 'TooManyDevices' });
    await expect(apply()).rejects.toMatchObject({ code: 'ArgumentInvalid' });
    expect(await stores.counts.count('hub1')).toBe(0);
    expect(await apply(...many(100))).toEqual(Array(100).fill('created'));
    expect(await stores.counts.count('hub1')).toBe(100);
  });

  test('service-rest 25: one that fails leaves the others as they are', async () => {
    await apply(row('create', { deviceId: 'there' }));
    const outcomes = await apply(
      row('create', { deviceId: 'there' }),
      row('create', { deviceId: 'a' }),
      row('create', { deviceId: 'b', authentication: { primaryKey: '1' } }),
      row('create', { deviceId: 'c', deviceScope: 'ms-azure-iot-edge://' }),
      row('create', { deviceId: 'no/id' }),
      row('create', { deviceId: 'a', moduleId: '\0' }),
      row('update', { deviceId: 'missing' }),
      row('delete', { deviceId: 'there', moduleId: 'missing' }),
      row('create', { deviceId: 'd' }),
    );
    expect(outcomes).toEqual([
      'DeviceAlreadyExists',
      'created',
      'ArgumentInvalid',
      'InvalidDeviceScope',
      'ArgumentInvalid',
      'ArgumentInvalid',
      'DeviceNotFound',
      'ModuleNotFound',
      'created',
    ]);
    const listed = await stores.identities.listDevices('hub1', 10);
    expect(listed.map(({ deviceId }) => deviceId)).toEqual(['a', 'd', 'there']);
  });

  test('createOrUpdate does what there is to do; update and delete need something there', async () => {
    expect(await apply(row('createOrUpdate', { statusReason: 'new' }))).toEqual(['created']);
    const { generationId } = await find('d1');
    expect(await apply(row('createOrUpdate', { statusReason: 'newer' }))).toEqual(['updated']);
    expect(await find('d1')).toMatchObject({ generationId, statusReason: 'newer' });
    expect(await apply(row('update', { authentication: keys }))).toEqual(['updated']);
    expect(await find('d1')).toMatchObject({ authentication: keys, statusReason: undefined });
    expect(await apply(row('delete'))).toEqual(['deleted']);
    expect(await apply(row('delete'))).toEqual(['DeviceNotFound']);
  });

  test('service-rest 26: a tag must fit what is there, and * fits all', async () => {
    await apply(row('create'));
    const { etag } = await find('d1');
    expect(await apply(row('update', {}, 'MA=='))).toEqual(['PreconditionFailed']);
    expect(await apply(row('createOrUpdate', {}, ''))).toEqual(['PreconditionFailed']);
    expect(await apply(row('delete', {}, 'MA=='))).toEqual(['PreconditionFailed']);
    expect(await apply(row('update', {}, etag))).toEqual(['updated']);
    expect(await apply(row('update', {}, etag))).toEqual(['PreconditionFailed']);
    expect(await apply(row('delete', {}, '*'))).toEqual(['deleted']);
    expect(await apply(row('createOrUpdate', {}, etag))).toEqual(['created']);
  });

  test('of a deletion only the ids count', async () => {
    await apply(row('create'));
    const nonsense = { authentication: { primaryKey: '1' }, deviceScope: 'ms-azure-iot-edge://' };
    expect(await apply(row('delete', nonsense))).toEqual(['deleted']);
  });

  test('each sees what those before it did, and what comes of all is written once', async () => {
    await apply(row('create', { deviceId: 'old', authentication: keys }));
    const old = await find('old');
    const told = (await stores.changes()).length;
    const outcomes = await apply(
      row('create', { moduleId: 'm1' }),
      row('create'),
      row('create', { moduleId: 'm1' }),
      row('create', { moduleId: 'm1' }),
      row('update', { moduleId: 'm1', managedBy: 'me' }, '*'),
      row('update', { moduleId: 'm1' }, 'MA=='),
      row('delete', { deviceId: 'old' }),
      row('create', { deviceId: 'old', moduleId: 'm1' }),
      row('create', { deviceId: 'old' }),
      row('create', { deviceId: 'gone' }),
      row('delete', { deviceId: 'gone' }),
    );
    expect(outcomes).toEqual([
      'DeviceNotFound',
      'created',
      'created',
      'ModuleAlreadyExistsOnDevice',
      'updated',
      'PreconditionFailed',
      'deleted',
      'DeviceNotFound',
      'created',
      'created',
      'deleted',
    ]);
    expect(await find('d1', 'm1')).toMatchObject({ managedBy: 'me' });
    const again = await find('old');
    expect(again.generationId).not.toBe(old.generationId);
    expect((await stores.changes()).slice(told)).toMatchObject([
      { kind: 'identityDeleted', deviceId: 'old', generationId: old.generationId },
      { kind: 'identityCreated', identity: { deviceId: 'old', generationId: again.generationId } },
      { kind: 'identityCreated', identity: { deviceId: 'd1', moduleId: undefined } },
      { kind: 'identityCreated', identity: { deviceId: 'd1', moduleId: 'm1' } },
    ]);
  });
});

describe('modules', () => {
  test('an Edge device brings its two, whose keys a later row may set, and takes them away', async () => {
    const agent = { moduleId: '$edgeAgent', authentication: keys };
    const outcomes = await apply(
      row('create', { iotEdge: true }),
      row('createOrUpdate', agent),
      row('create', { moduleId: '$edgeHub' }),
      row('delete', { moduleId: '$edgeHub' }),
    );
    expect(outcomes).toEqual([
      'created',
      'updated',
      'SystemModuleModifyUnauthorizedAccess',
      'SystemModuleModifyUnauthorizedAccess',
    ]);
    expect(await find('d1', '$edgeAgent')).toMatchObject({
      authentication: keys,
      managedBy: undefined,
    });
    expect(await find('d1', '$edgeHub')).toMatchObject({ authentication: { type: 'none' } });
    expect(await apply(row('update', { iotEdge: false }))).toEqual(['updated']);
    expect(await stores.identities.listModules('hub1', 'd1', 10)).toEqual([]);
  });

  test('a device has fifty at most, the two of Edge among them', async () => {
    const modules = (count: number) =>
      Array.from({ length: count }, (_, index) => row('create', { moduleId: `m${index}` }));
    expect(await apply(row('create'), ...modules(49))).toEqual(Array(50).fill('created'));
    expect(await apply(row('update', { iotEdge: true }))).toEqual(['TooManyModulesOnDevice']);
    const outcomes = await apply(
      row('create', { moduleId: 'a' }),
      row('create', { moduleId: 'b' }),
      row('delete', { moduleId: 'm0' }),
      row('create', { moduleId: 'b' }),
    );
    expect(outcomes).toEqual(['created', 'TooManyModulesOnDevice', 'deleted', 'created']);
    expect(await find('d1')).toMatchObject({ iotEdge: false });
  });

  test('a device goes with modules that no row names', async () => {
    await apply(row('create'), row('create', { moduleId: 'm1' }));
    await apply(row('delete'));
    expect(await stores.counts.count('hub1')).toBe(0);
    expect(await apply(row('create'), row('create', { moduleId: 'm1' }))).toEqual([
      'created',
      'created',
    ]);
  });
});

describe('the limit of the hub', () => {
  test('refuses those rows that pass it', async () => {
    await apply(...many(100));
    const outcomes = await apply(
      ...many(18, 'e'),
      row('create', { deviceId: 'edge', iotEdge: true }),
      row('update', { deviceId: 'd0', iotEdge: true }),
      row('create', { deviceId: 'one-too-many' }),
      row('createOrUpdate', { deviceId: 'd1' }),
      row('delete', { deviceId: 'd2' }),
      row('create', { deviceId: 'last' }),
    );
    expect(outcomes.slice(18)).toEqual([
      'TooManyDevices',
      'updated',
      'TooManyDevices',
      'updated',
      'deleted',
      'created',
    ]);
    expect(await stores.counts.count('hub1')).toBe(identitiesMax);
  });

  test('counts nothing for what was not created', async () => {
    await apply(...many(100));
    expect(await apply(...many(100))).toEqual(Array(100).fill('DeviceAlreadyExists'));
    expect(await apply(...many(20, 'e'))).toEqual(Array(20).fill('created'));
  });
});

describe('regenerating keys', () => {
  const regenerate = (which: 'primary' | 'secondary' | 'both', ...deviceIds: string[]) =>
    registry.regenerateKeys(
      'hub1',
      deviceIds.map((deviceId) => ({ deviceId, moduleId: undefined })),
      which,
    );

  test.each([
    ['primary', [false, true]],
    ['secondary', [true, false]],
    ['both', [false, false]],
  ] as const)('%s: those keys are new, and all else stays', async (which, kept) => {
    await apply(row('create', { authentication: keys, status: 'disabled', statusReason: 'x' }));
    const before = await find('d1');
    const [result] = (await regenerate(which, 'd1')) as [{ keys: KeyPair }];
    const after = await find('d1');
    expect(after).toEqual({
      ...before,
      etag: expect.not.stringMatching(before.etag),
      authentication: { type: 'sas', ...result.keys },
    });
    expect([result.keys.primaryKey === keyA, result.keys.secondaryKey === keyB]).toEqual(kept);
    const revoked = Array.from({ length: which === 'both' ? 2 : 1 }, () => expect.any(String));
    expect((await stores.changes()).at(-1)).toMatchObject({ revokedCredentialIds: revoked });
  });

  test('modules too; what has no keys, or is not there, is refused alone', async () => {
    await apply(
      row('create'),
      row('create', { moduleId: 'm1', authentication: keys }),
      row('create', { moduleId: 'm2', authentication: { type: 'none' } }),
      row('create', { deviceId: 'x', authentication: { type: 'certificateAuthority' } }),
    );
    const device = await find('d1');
    const results = await registry.regenerateKeys(
      'hub1',
      [
        { deviceId: 'd1', moduleId: 'm1' },
        { deviceId: 'd1', moduleId: 'm2' },
        { deviceId: 'x', moduleId: undefined },
        { deviceId: 'missing', moduleId: undefined },
        { deviceId: 'd1', moduleId: 'missing' },
        { deviceId: '', moduleId: undefined },
      ],
      'both',
    );
    expect(results.map((each) => ('failure' in each ? each.failure.code : 'ok'))).toEqual([
      'ok',
      'BulkRegenerateDeviceKeyOperationFailure',
      'BulkRegenerateDeviceKeyOperationFailure',
      'DeviceNotFound',
      'ModuleNotFound',
      'ArgumentInvalid',
    ]);
    expect(await find('d1')).toEqual(device);
  });

  test('100 at most', async () => {
    const ids = Array.from({ length: 101 }, (_, index) => `d${index}`);
    await expect(regenerate('both', ...ids)).rejects.toMatchObject({ code: 'TooManyDevices' });
  });
});
