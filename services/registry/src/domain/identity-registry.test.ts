import { beforeEach, describe, expect, test } from '@jest/globals';
import type { IdentityDefinition } from './device-identity.js';
import { IdentityQuota } from './identity-quota.js';
import { IdentityRegistry } from './identity-registry.js';
import {
  deviceDefinition,
  hubDefinition,
  sampleKeys,
  samplePolicies,
  sampleSources,
  sampleTime,
} from './samples.fake.js';
import { inMemoryStores, type Stores } from './stores.fake.js';

const [keyA, keyB] = sampleKeys;
const device = { deviceId: 'd1', moduleId: undefined };
const module = { deviceId: 'd1', moduleId: 'm1' };
const keys = { type: 'sas', primaryKey: keyA, secondaryKey: keyB } as const;

let stores: Stores;
let registry: IdentityRegistry;

beforeEach(async () => {
  stores = inMemoryStores();
  const { hubs, identities: store, counts } = stores;
  await hubs.insert(hubDefinition('hub1'), samplePolicies);
  await hubs.activate('hub1');
  const quota = new IdentityQuota({
    identitiesMax: 60,
    countIdentities: (hub) => counts.count(hub),
    clock: () => sampleTime,
  });
  registry = new IdentityRegistry({ store, quota, sources: sampleSources() });
});

const create = (members: Partial<IdentityDefinition> = {}) =>
  registry.create('hub1', deviceDefinition(members));
const update = (members: Partial<IdentityDefinition> = {}, ifMatch = '*') =>
  registry.update('hub1', deviceDefinition(members), ifMatch);

describe('creating', () => {
  test('service-rest 1: an empty definition gives an enabled device with keys', async () => {
    expect(await create()).toEqual({
      ...deviceDefinition(),
      generationId: '638900000000000001',
      etag: expect.stringMatching(/^[A-Za-z0-9+/]+=*$/),
      statusUpdatedTime: undefined,
      authentication: {
        type: 'sas',
        primaryKey: Buffer.alloc(32, 1).toString('base64'),
        secondaryKey: Buffer.alloc(32, 2).toString('base64'),
      },
      connectionState: 'Disconnected',
      connectionStateUpdatedTime: undefined,
      lastActivityTime: undefined,
    });
  });

  test('service-rest 2: the same once more is refused', async () => {
    await create();
    await expect(create()).rejects.toMatchObject({ code: 'DeviceAlreadyExists' });
  });

  test('service-rest 17: a device made again has a new generation and another tag', async () => {
    const first = await create();
    await registry.delete('hub1', device, undefined);
    const second = await create();
    expect(second.generationId).not.toBe(first.generationId);
    expect(second.etag).not.toBe(first.etag);
  });

  test.each(['', 'x'.repeat(129), 'a b', 'a/b', 'ä', 'a\n', 'a\0', '../x', '"'])(
    'service-rest 15: %j is no id',
    async (id) => {
      await expect(create({ deviceId: id })).rejects.toMatchObject({ code: 'ArgumentInvalid' });
      await expect(create({ moduleId: id })).rejects.toMatchObject({ code: 'ArgumentInvalid' });
    },
  );

  test.each([
    'a+b',
    "x'y",
    '50%',
    "'; drop table identities; --".replaceAll(' ', ''),
    'A'.repeat(128),
  ])('security-limits 23: %j is an id', async (deviceId) => {
    expect(await create({ deviceId })).toMatchObject({ deviceId });
  });

  test.each<Partial<IdentityDefinition>>([
    { statusReason: 'x'.repeat(129) },
    { statusReason: '🙂'.repeat(129) },
    { statusReason: 'a\0b' },
    { managedBy: 'x'.repeat(129), moduleId: 'm1' },
    { attributesJson: 'x' },
    { attributesJson: '[]' },
    { attributesJson: `{"a":"${'x'.repeat(8_192)}"}` },
    { attributesJson: `{"a":"${'€'.repeat(3_000)}"}` },
    { deviceScope: 'x'.repeat(1_000_000) },
  ])('refuses what is too long or malformed (%#)', async (members) => {
    await expect(create(members)).rejects.toMatchObject({ code: 'ArgumentInvalid' });
  });

  test('takes 128 characters of any kind as a reason', async () => {
    const statusReason = '🙂'.repeat(128);
    expect(await create({ statusReason })).toMatchObject({ statusReason });
  });

  test('service-rest 20: an Edge device brings its two modules and a scope of its own', async () => {
    const { deviceScope, generationId } = await create({ deviceId: 'd', iotEdge: true });
    expect(deviceScope).toMatch(/^ms-azure-iot-edge:\/\/d-\d{18}$/);
    expect(deviceScope).not.toContain(generationId);
    const modules = await registry.listModules('hub1', 'd');
    expect(modules.map((each) => [each.moduleId, each.managedBy, each.authentication])).toEqual([
      ['$edgeAgent', 'iotEdge', { type: 'none' }],
      ['$edgeHub', 'iotEdge', { type: 'none' }],
    ]);
  });

  test('beyond the limit of the hub is refused', async () => {
    await Promise.all(Array.from({ length: 59 }, (_, index) => create({ deviceId: `d${index}` })));
    await expect(create({ deviceId: 'e', iotEdge: true })).rejects.toMatchObject({
      code: 'TooManyDevices',
    });
    await create({ deviceId: 'last' });
  });

  test('a device that becomes an Edge device counts with its modules', async () => {
    await Promise.all(Array.from({ length: 59 }, (_, index) => create({ deviceId: `d${index}` })));
    const becoming = update({ deviceId: 'd1', iotEdge: true });
    await expect(becoming).rejects.toMatchObject({ code: 'TooManyDevices' });
    expect(await registry.listModules('hub1', 'd1')).toEqual([]);
    await registry.delete('hub1', { deviceId: 'd2', moduleId: undefined }, undefined);
    await update({ deviceId: 'd1', iotEdge: true });
    await update({ deviceId: 'd1', iotEdge: true });
  });
});

describe('modules', () => {
  test('service-rest 23: have no status and nothing of a device', async () => {
    await create();
    const stored = await create({
      ...module,
      status: 'disabled',
      statusReason: 'x',
      iotEdge: true,
      deviceScope: 'scope',
      attributesJson: '{}',
      managedBy: 'me',
    });
    expect(stored).toMatchObject({
      status: 'enabled',
      statusReason: undefined,
      iotEdge: false,
      deviceScope: undefined,
      attributesJson: undefined,
      managedBy: 'me',
    });
  });

  test.each(['$edgeAgent', '$edgeHub'])(
    '%s is neither made nor removed by clients',
    async (moduleId) => {
      await create({ iotEdge: true });
      const refused = { code: 'SystemModuleModifyUnauthorizedAccess' };
      await expect(create({ moduleId })).rejects.toMatchObject(refused);
      const deletion = registry.delete('hub1', { ...module, moduleId }, '*');
      await expect(deletion).rejects.toMatchObject(refused);
      expect(await update({ moduleId, authentication: keys })).toMatchObject({
        authentication: keys,
      });
    },
  );
});

describe('updating', () => {
  test('service-rest 3: * fits any tag', async () => {
    const { etag } = await create();
    const after = await update({ statusReason: 'new' });
    expect(after.etag).not.toBe(etag);
    expect(after.statusReason).toBe('new');
  });

  test('service-rest 4: of what is missing is refused', async () => {
    await expect(update()).rejects.toMatchObject({ code: 'DeviceNotFound' });
    await create();
    await expect(update(module)).rejects.toMatchObject({ code: 'ModuleNotFound' });
  });

  test('service-rest 5: another tag than the stored one is refused', async () => {
    const { etag } = await create();
    await update({ statusReason: 'first' }, etag);
    for (const stale of [etag, '', '"*"', ' *', etag.toLowerCase()]) {
      await expect(update({}, stale)).rejects.toMatchObject({ code: 'PreconditionFailed' });
    }
    expect(await registry.get('hub1', device)).toMatchObject({ statusReason: 'first' });
  });

  test('replaces all that a client may set, and keeps the generation', async () => {
    const first = await create({
      status: 'disabled',
      statusReason: 'x',
      attributesJson: '{"a":1}',
    });
    const after = await update({ authentication: keys });
    expect(after).toMatchObject({
      status: 'enabled',
      statusReason: undefined,
      attributesJson: undefined,
      authentication: keys,
      generationId: first.generationId,
    });
  });

  test('without authentication makes new keys', async () => {
    await create({ authentication: keys });
    expect((await update()).authentication).not.toEqual(keys);
  });

  test('notes when the status changed, and only then', async () => {
    const { statusUpdatedTime } = await create();
    expect(statusUpdatedTime).toBeUndefined();
    expect((await update({ statusReason: 'x' })).statusUpdatedTime).toBeUndefined();
    expect((await update({ status: 'disabled' })).statusUpdatedTime).toEqual(sampleTime);
  });

  test('switching the type drops the other material', async () => {
    await create({ authentication: keys });
    const primaryThumbprint = 'AB'.repeat(20);
    const authentication = { ...keys, type: 'selfSigned' as const, primaryThumbprint };
    expect((await update({ authentication })).authentication).toEqual({
      type: 'selfSigned',
      primaryThumbprint,
      secondaryThumbprint: undefined,
    });
  });

  test('iotEdge brings the two modules and a scope, and takes them away', async () => {
    await create();
    const { deviceScope } = await update({ iotEdge: true });
    expect(deviceScope).toMatch(/^ms-azure-iot-edge:\/\/d1-\d{18}$/);
    expect(await registry.listModules('hub1', 'd1')).toHaveLength(2);
    expect((await update({ iotEdge: true })).deviceScope).toBe(deviceScope);
    await create(module);
    expect((await update({ deviceScope })).deviceScope).toBeUndefined();
    const left = await registry.listModules('hub1', 'd1');
    expect(left.map(({ moduleId }) => moduleId)).toEqual(['m1']);
  });
});

test('a device with 49 modules cannot become an Edge device', async () => {
  await create();
  const modules = Array.from({ length: 49 }, (_, index) => create({ moduleId: `m${index}` }));
  await Promise.all(modules);
  await expect(update({ iotEdge: true })).rejects.toMatchObject({ code: 'TooManyModulesOnDevice' });
  expect(await registry.get('hub1', device)).toMatchObject({ iotEdge: false });
});

describe('deleting', () => {
  test('service-rest 16: twice is refused', async () => {
    await create();
    await registry.delete('hub1', device, '*');
    await expect(registry.delete('hub1', device, undefined)).rejects.toMatchObject({
      code: 'DeviceNotFound',
    });
  });

  test('with a tag deletes only what has it', async () => {
    const { etag } = await create();
    await expect(registry.delete('hub1', device, 'MA==')).rejects.toMatchObject({
      code: 'PreconditionFailed',
    });
    await registry.delete('hub1', device, etag);
  });
});

test('service-rest 18: a list has at most a thousand devices', async () => {
  const asked: number[] = [];
  stores.identities.listDevices = (_hub, limit) => {
    asked.push(limit);
    return Promise.resolve([]);
  };
  for (const limit of [1, 1_000, 1_001, 2_000, 0, -5]) {
    await registry.listDevices('hub1', limit);
  }
  expect(asked).toEqual([1, 1_000, 1_000, 1_000, 1_000, 1_000]);
});
