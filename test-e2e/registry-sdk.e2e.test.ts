/** The class `Registry` of the unmodified `azure-iothub` against the whole hub. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { afterAll, describe, expect, test } from '@jest/globals';
import { createSasToken } from '@linchpin/auth';
import { Registry } from 'azure-iothub';
import { hub } from './support/hub.js';

const registry = Registry.fromConnectionString(hub.connectionString);
const created: string[] = [];

afterAll(async () => {
  await Promise.allSettled(created.map((deviceId) => registry.delete(deviceId)));
});

/** An id that no other test has, of the characters that ids may have. */
function newId(suffix = ''): string {
  const id = `sdk-${randomUUID()}${suffix}`;
  created.push(id);
  return id;
}

/** What the SDK makes of an answer; its types leave some members out. */
type SdkDevice = Awaited<ReturnType<typeof registry.create>>['responseBody'] & {
  readonly deviceScope?: string;
};

async function create(fields: object = {}, suffix = ''): Promise<SdkDevice> {
  const { responseBody } = await registry.create({ deviceId: newId(suffix), ...fields });
  return responseBody;
}

async function statusOfDelete(deviceId: string): Promise<number | undefined> {
  const answer = (await registry.delete(deviceId)) as { httpResponse?: IncomingMessage };
  return answer.httpResponse?.statusCode;
}

interface SdkModule {
  readonly deviceId: string;
  readonly moduleId: string;
  readonly authentication: object;
}

describe('a device', () => {
  test('service-rest 1: create gives generated keys, etag and generation', async () => {
    const device = await create();

    expect(device).toMatchObject({
      generationId: expect.stringMatching(/^\d{18}$/),
      etag: expect.stringMatching(/^[A-Za-z0-9+/]+=*$/),
      status: 'enabled',
      connectionState: 'Disconnected',
      lastActivityTime: '0001-01-01T00:00:00Z',
      capabilities: { iotEdge: false },
      authentication: {
        type: 'sas',
        symmetricKey: {
          primaryKey: expect.stringMatching(/^.{44}$/),
          secondaryKey: expect.stringMatching(/^.{44}$/),
        },
      },
    });
    const { primaryKey, secondaryKey } = device.authentication!.symmetricKey!;
    expect(primaryKey).not.toBe(secondaryKey);
  });

  test('service-rest 2: create of what exists is DeviceAlreadyExistsError', async () => {
    const { deviceId } = await create();

    await expect(registry.create({ deviceId })).rejects.toMatchObject({
      name: 'DeviceAlreadyExistsError',
    });
  });

  test('service-rest 68: get of what is not there is DeviceNotFoundError', async () => {
    await expect(registry.get('nope')).rejects.toMatchObject({ name: 'DeviceNotFoundError' });
  });

  test('get, change, update: the etag and no other member changes with it', async () => {
    const device = await create();
    const read = (await registry.get(device.deviceId)).responseBody;
    expect(read).toEqual(device);

    read.status = 'disabled';
    read.statusReason = 'in the shop';
    const updated = (await registry.update(read)).responseBody;

    expect(updated).toMatchObject({
      generationId: device.generationId,
      status: 'disabled',
      statusReason: 'in the shop',
      authentication: device.authentication,
    });
    expect(updated.etag).not.toBe(device.etag);
    expect(updated.statusUpdatedTime).not.toBe('0001-01-01T00:00:00Z');
  });

  test('service-rest 4: update of what is not there is DeviceNotFoundError', async () => {
    await expect(registry.update({ deviceId: `none-${randomUUID()}` })).rejects.toMatchObject({
      name: 'DeviceNotFoundError',
    });
  });

  test('service-rest 14: ids that differ in letter case are two devices', async () => {
    const { deviceId } = await create({}, '-a');

    await expect(registry.get(deviceId.replace(/-a$/, '-A'))).rejects.toMatchObject({
      name: 'DeviceNotFoundError',
    });
  });

  test.each(['x'.repeat(129), 'a/b', 'a b', 'ä'])('service-rest 15: %j is no id', async (id) => {
    await expect(registry.create({ deviceId: id })).rejects.toMatchObject({
      name: 'ArgumentError',
    });
  });

  test('service-rest 12: a key that is none is ArgumentError', async () => {
    const symmetricKey = { primaryKey: '1', secondaryKey: '1' };

    await expect(create({ authentication: { symmetricKey } })).rejects.toMatchObject({
      name: 'ArgumentError',
    });
  });

  test('the client may bring its keys, thumbprints, or leave it to a CA', async () => {
    const primaryKey = Buffer.from('sixteen bytes or more').toString('base64');
    const secondaryKey = Buffer.from('another sixteen bytes').toString('base64');
    const primaryThumbprint = 'AB'.repeat(20);
    const secondaryThumbprint = 'cd'.repeat(32);
    const keyed = await create({ authentication: { symmetricKey: { primaryKey, secondaryKey } } });
    const selfSigned = await create({
      authentication: { x509Thumbprint: { primaryThumbprint, secondaryThumbprint } },
    });
    const signed = await create({ authentication: { type: 'certificateAuthority' } });

    expect(keyed.authentication).toMatchObject({ symmetricKey: { primaryKey, secondaryKey } });
    expect(selfSigned.authentication).toMatchObject({
      type: 'selfSigned',
      symmetricKey: { primaryKey: null, secondaryKey: null },
      x509Thumbprint: { primaryThumbprint, secondaryThumbprint },
    });
    expect(signed.authentication).toMatchObject({
      type: 'certificateAuthority',
      symmetricKey: { primaryKey: null, secondaryKey: null },
      x509Thumbprint: { primaryThumbprint: null, secondaryThumbprint: null },
    });
  });

  test('service-rest 20, 21: an Edge device has a scope and modules, its child the scope', async () => {
    const edge = await create({ capabilities: { iotEdge: true } });
    const modules = (await registry.getModulesOnDevice(edge.deviceId)).responseBody;
    const child = await create({ deviceScope: edge.deviceScope });

    expect(edge.deviceScope).toMatch(`ms-azure-iot-edge://${edge.deviceId}-`);
    expect(modules.map(({ moduleId }) => moduleId).sort()).toEqual(['$edgeAgent', '$edgeHub']);
    expect(child).toMatchObject({ parentScopes: [edge.deviceScope] });
  });

  test.each(["'*+%(x),y=z@;$!", '#hash?', '%2F%41', ':._-'])(
    'security-limits 23: the characters %s of an id come back as they were',
    async (suffix) => {
      const { deviceId } = await create({}, suffix);

      expect(deviceId.endsWith(suffix)).toBe(true);
      expect((await registry.get(deviceId)).responseBody.deviceId).toBe(deviceId);
      expect(await statusOfDelete(deviceId)).toBe(204);
    },
  );

  test('list holds devices, and no modules', async () => {
    const { deviceId } = await create();
    const devices = (await registry.list()).responseBody;

    expect(devices.length).toBeLessThanOrEqual(1_000);
    expect(devices.map((device) => device.deviceId)).toContain(deviceId);
    expect(devices.every((device) => !('moduleId' in device))).toBe(true);
  });

  test('service-rest 16, 17: delete is final, and what comes after is another device', async () => {
    const first = await create();
    await registry.addModule({ deviceId: first.deviceId, moduleId: 'gone' });

    expect(await statusOfDelete(first.deviceId)).toBe(204);
    await expect(registry.delete(first.deviceId)).rejects.toMatchObject({
      name: 'DeviceNotFoundError',
    });
    const second = (await registry.create({ deviceId: first.deviceId })).responseBody;
    expect(second.generationId).not.toBe(first.generationId);
    expect((await registry.getModulesOnDevice(first.deviceId)).responseBody).toEqual([]);
  });

  test('of creations at the same time one succeeds', async () => {
    const deviceId = newId();
    const outcomes = await Promise.allSettled(
      Array.from({ length: 10 }, () => registry.create({ deviceId })),
    );

    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const outcome of outcomes.filter(({ status }) => status === 'rejected')) {
      expect(outcome).toMatchObject({ reason: { name: 'DeviceAlreadyExistsError' } });
    }
  });

  test('service-rest 31: statistics count it', async () => {
    const before = (await registry.getRegistryStatistics()).responseBody;
    await create({ status: 'disabled' });
    const after = (await registry.getRegistryStatistics()).responseBody;

    expect(after.disabledDeviceCount).toBeGreaterThan(before.disabledDeviceCount);
    expect(after.enabledDeviceCount + after.disabledDeviceCount).toBe(after.totalDeviceCount);
  });
});

describe('a module', () => {
  test('is added, read, updated by its etag, listed and removed', async () => {
    const { deviceId } = await create();
    const moduleId = '$camera';
    const module = { deviceId, moduleId, managedBy: 'me' };
    const added = (await registry.addModule(module)).responseBody as SdkModule;
    const read = (await registry.getModule(deviceId, moduleId)).responseBody as SdkModule;
    const updated: unknown = (await registry.updateModule({ ...read, managedBy: 'you' }))
      .responseBody;

    expect(read).toEqual(added);
    expect(added).not.toHaveProperty('status');
    expect(updated).toMatchObject({ managedBy: 'you', authentication: added.authentication });
    await expect(registry.updateModule(read)).rejects.toMatchObject({ name: 'InvalidEtagError' });
    await expect(
      registry.updateModule({ ...read, managedBy: 'them' }, true),
    ).resolves.toBeDefined();
    expect((await registry.getModulesOnDevice(deviceId)).responseBody).toHaveLength(1);
    await registry.removeModule(deviceId, moduleId);
    await expect(registry.getModule(deviceId, moduleId)).rejects.toThrow();
  });

  test('service-rest 22: it needs its device, and is one of a kind', async () => {
    const { deviceId } = await create();
    await registry.addModule({ deviceId, moduleId: 'm' });

    await expect(registry.addModule({ deviceId, moduleId: 'm' })).rejects.toMatchObject({
      name: 'DeviceAlreadyExistsError',
    });
    await expect(
      registry.addModule({ deviceId: `none-${randomUUID()}`, moduleId: 'm' }),
    ).rejects.toMatchObject({ name: 'DeviceNotFoundError' });
  });
});

describe('who may not', () => {
  test.each([
    ['an unknown policy', { policy: 'nobody' }],
    ['a key of another', { key: Buffer.alloc(32, 1).toString('base64') }],
    ['a token that expired', { expiresAt: new Date(Date.now() - 3_600_000) }],
    ['a token that names no policy', { policy: undefined }],
  ])('%s is UnauthorizedError', async (_, fields) => {
    const { name: policy, key } = hub.owner;
    const inAnHour = new Date(Date.now() + 3_600_000);
    const good = { audience: hub.host, key, policy, expiresAt: inAnHour };
    const token = createSasToken({ ...good, ...fields });

    await expect(Registry.fromSharedAccessSignature(token).list()).rejects.toMatchObject({
      name: 'UnauthorizedError',
    });
  });

  test('security-limits 2: a token of the policy may', async () => {
    const { name: policy, key } = hub.owner;
    const expiresAt = new Date(Date.now() + 60_000);
    const token = createSasToken({ audience: hub.host, key, policy, expiresAt });

    await expect(Registry.fromSharedAccessSignature(token).list()).resolves.toBeDefined();
  });
});
