/** Many identities at once: the unmodified `azure-iothub`, and what it does not send. */
import { randomUUID } from 'node:crypto';
import { afterAll, describe, expect, test } from '@jest/globals';
import { Registry } from 'azure-iothub';
import { answerTo, eventsTopic, open } from './support/device-client.js';
import { hub } from './support/hub.js';
import {
  connectFields,
  createDevice,
  createModule,
  request,
  type TestIdentity,
} from './support/registry.js';

const registry = Registry.fromConnectionString(hub.connectionString);
const ids: string[] = [];

afterAll(async () => {
  for (let start = 0; start < ids.length; start += 100) {
    const devices = ids.slice(start, start + 100).map((deviceId) => ({ deviceId }));
    await registry.removeDevices(devices, true).catch(() => undefined);
  }
});

function newIds(count: number): string[] {
  const made = Array.from({ length: count }, () => `bulk-${randomUUID()}`);
  ids.push(...made);
  return made;
}

const toDevices = (deviceIds: readonly string[], fields: object = {}) =>
  deviceIds.map((deviceId) => ({ deviceId, ...fields }));
const twinOf = async (deviceId: string) => (await registry.getTwin(deviceId)).responseBody;
const get = async (deviceId: string) => (await registry.get(deviceId)).responseBody;

/** What the SDK makes of a 400: it keeps the result as text. */
async function failuresOf(operation: Promise<unknown>): Promise<[string, string][]> {
  const failure = (await operation.catch((error: unknown) => error)) as Error & {
    readonly responseBody: string;
  };
  expect(failure.name).toBe('ArgumentError');
  const result = JSON.parse(failure.responseBody) as {
    errors: { deviceId: string; errorCode: string }[];
  };
  expect(result).toMatchObject({ isSuccessful: false, warnings: [] });
  return result.errors.map(({ deviceId, errorCode }) => [deviceId, errorCode]);
}

interface Result {
  readonly isSuccessful: boolean;
  readonly errors: readonly Record<string, string>[];
  readonly warnings: readonly Record<string, string>[];
}

/** @param body text goes as it is */
async function post(path: string, body: object | string) {
  const response = await request('POST', path, body);
  const { status, headers } = response;
  return { status, code: headers.get('iothub-errorcode'), body: (await response.json()) as Result };
}

const nothingWrong = { isSuccessful: true, errors: [], warnings: [] };

describe('addDevices', () => {
  test('creates a hundred devices, each with keys of its own', async () => {
    const made = newIds(100);
    const { responseBody } = await registry.addDevices(toDevices(made));

    expect(responseBody).toEqual(nothingWrong);
    const [one, other] = await Promise.all([get(made[0]!), get(made[99]!)]);
    const key = one.authentication!.symmetricKey!.primaryKey;
    expect(key).toHaveLength(44);
    expect(other.authentication!.symmetricKey!.primaryKey).not.toBe(key);
  });

  test('service-rest 25: those that exist are named, the others are created', async () => {
    const [there, fresh, invalid] = newIds(3) as [string, string, string];
    await registry.addDevices(toDevices([there]));
    const before = await get(there);
    const badKey = { authentication: { symmetricKey: { primaryKey: '1', secondaryKey: '1' } } };
    const devices = [...toDevices([there, fresh]), ...toDevices([invalid], badKey)];

    expect(await failuresOf(registry.addDevices(devices))).toEqual([
      [there, 'DeviceAlreadyExists'],
      [invalid, 'ArgumentInvalid'],
    ]);
    expect(await get(there)).toEqual(before);
    expect(await get(fresh)).toMatchObject({ status: 'enabled' });
    await expect(get(invalid)).rejects.toMatchObject({ name: 'DeviceNotFoundError' });
  });

  test('writes the twins that come along', async () => {
    const [both, tagged, bare] = newIds(3) as [string, string, string];
    const tags = { site: 'north', floor: 1.5 };
    const desired = { rate: { value: 5 }, gone: null };
    const { responseBody } = await registry.addDevices([
      { deviceId: both, tags, properties: { desired } },
      { deviceId: tagged, tags },
      { deviceId: bare },
    ] as never);

    expect(responseBody).toEqual(nothingWrong);
    const [whole, withTags, fresh] = await Promise.all([both, tagged, bare].map(twinOf));
    expect(whole).toMatchObject({
      tags,
      properties: { desired: { rate: { value: 5 }, $version: 2 }, reported: { $version: 1 } },
    });
    expect(whole!.properties.desired).not.toHaveProperty('gone');
    expect(withTags).toMatchObject({ tags, properties: { desired: { $version: 1 } } });
    expect(fresh).toMatchObject({ tags: {}, version: 2 });
  });

  test('the SDK itself refuses none, and more than a hundred', async () => {
    const refused = { name: 'ArgumentError' };
    await expect(async () => registry.addDevices([])).rejects.toMatchObject(refused);
    const many = toDevices(Array.from({ length: 101 }, (_, index) => `d${index}`));
    await expect(async () => registry.addDevices(many)).rejects.toMatchObject(refused);
  });
});

describe('updateDevices', () => {
  test('forced, updates whatever the etag', async () => {
    const made = newIds(2);
    await registry.addDevices(toDevices(made));
    const changes = { etag: 'MA==', status: 'disabled' as const };
    const devices = (await Promise.all(made.map(get))).map((device) =>
      Object.assign(device, changes),
    );
    const { responseBody } = await registry.updateDevices(devices, true);

    expect(responseBody).toEqual(nothingWrong);
    for (const [index, deviceId] of made.entries()) {
      expect(await get(deviceId)).toMatchObject({
        status: 'disabled',
        generationId: devices[index]!.generationId,
        authentication: devices[index]!.authentication,
      });
    }
  });

  test('not forced, updates those whose etag fits; what is missing stays so', async () => {
    const [current, stale, missing] = newIds(3) as [string, string, string];
    await registry.addDevices(toDevices([current, stale]));
    const change = { statusReason: 'changed' };
    const devices = [
      Object.assign(await get(current), change),
      Object.assign(await get(stale), change, { etag: 'MA==' }),
      { deviceId: missing, etag: '*', ...change },
    ];

    expect(await failuresOf(registry.updateDevices(devices, false))).toEqual([
      [stale, 'PreconditionFailed'],
      [missing, 'DeviceNotFound'],
    ]);
    expect((await get(current)).statusReason).toBe('changed');
    expect((await get(stale)).statusReason).toBeNull();
  });
});

describe('removeDevices', () => {
  test('forced, removes whatever the etag, with modules', async () => {
    const made = newIds(2);
    await registry.addDevices(toDevices(made));
    await registry.addModule({ deviceId: made[0]!, moduleId: 'm' });
    const { responseBody } = await registry.removeDevices(toDevices(made, { etag: 'MA==' }), true);

    expect(responseBody).toEqual(nothingWrong);
    for (const deviceId of made) {
      await expect(get(deviceId)).rejects.toMatchObject({ name: 'DeviceNotFoundError' });
    }
  });

  test('not forced, removes those whose etag fits', async () => {
    const [current, stale, missing] = newIds(3) as [string, string, string];
    await registry.addDevices(toDevices([current, stale]));
    const { etag } = await get(current);
    const devices = [
      { deviceId: current, etag },
      { deviceId: stale, etag: 'MA==' },
      { deviceId: missing, etag: '*' },
    ];

    expect(await failuresOf(registry.removeDevices(devices as never, false))).toEqual([
      [stale, 'PreconditionFailed'],
      [missing, 'DeviceNotFound'],
    ]);
    await expect(get(current)).rejects.toMatchObject({ name: 'DeviceNotFoundError' });
    expect(await get(stale)).toBeDefined();
  });
});

describe('POST /devices', () => {
  test('service-rest 24: 101 rows and an id that is there twice are refused as a whole', async () => {
    const rows = newIds(101).map((id) => ({ id }));
    const tooMany = await post('/devices', rows);
    const twice = await post('/devices', [rows[0]!, rows[1]!, rows[0]!]);

    expect(tooMany).toMatchObject({ status: 413, code: 'TooManyDevices' });
    expect(twice).toMatchObject({ status: 400, code: 'DeviceDefinedMultipleTimes' });
    await expect(get(rows[0]!.id)).rejects.toMatchObject({ name: 'DeviceNotFoundError' });
  });

  test('service-rest 25: the header and the body of a request with failures', async () => {
    const [good, missing] = newIds(2) as [string, string];
    const rows = [{ id: good }, { id: missing, importMode: 'update' }];
    const { status, code, body } = await post('/devices', rows);

    expect({ status, code }).toEqual({ status: 400, code: 'BulkRegistryOperationFailure' });
    expect(body).toEqual({
      isSuccessful: false,
      errors: [
        {
          deviceId: missing,
          moduleId: '',
          errorCode: 'DeviceNotFound',
          errorStatus: expect.any(String),
          operation: 'update',
        },
      ],
      warnings: [],
    });
    expect(await get(good)).toBeDefined();
  });

  test('service-rest 26: modes as clients spell them, none at all, and * as a tag', async () => {
    const [id] = newIds(1) as [string];
    const bodyOf = async (row: object) => (await post('/devices/', [{ id, ...row }])).body;

    expect(await bodyOf({ statusReason: 'made' })).toEqual(nothingWrong);
    expect(await bodyOf({ importMode: 'Update', statusReason: 'new' })).toEqual(nothingWrong);
    expect((await get(id)).statusReason).toBe('new');
    expect(await bodyOf({ importMode: 'deleteIfMatchEtag', etag: 'MA==' })).toMatchObject({
      errors: [{ errorCode: 'PreconditionFailed', operation: 'deleteIfMatchETag' }],
    });
    expect(await bodyOf({ importMode: 'deleteIfMatchEtag', etag: '*' })).toEqual(nothingWrong);
    await expect(get(id)).rejects.toMatchObject({ name: 'DeviceNotFoundError' });
  });

  test('modules follow their device', async () => {
    const [id] = newIds(1) as [string];
    const keys = { symmetricKey: { primaryKey: Buffer.alloc(32, 1).toString('base64') } };
    const { body } = await post('/devices', [
      { id, capabilities: { iotEdge: true } },
      { id, moduleId: '$edgeAgent', authentication: keys, importMode: 'createOrUpdate' },
      { id, moduleId: 'm', managedBy: 'me' },
    ]);

    expect(body).toEqual(nothingWrong);
    const modules = (await registry.getModulesOnDevice(id)).responseBody;
    expect(modules.map(({ moduleId }) => moduleId)).toEqual(['$edgeAgent', '$edgeHub', 'm']);
    expect(modules[0]!.authentication!.symmetricKey).toMatchObject(keys.symmetricKey);
  });

  test('a twin that is refused leaves its identity, and a warning says why', async () => {
    const [refused, good] = newIds(2) as [string, string];
    const { status, body } = await post('/devices', [
      { id: refused, tags: { site: 'A' }, properties: { desired: { 'a.b': 1 } } },
      { id: refused, moduleId: 'm', tags: { text: 'x'.repeat(4097) } },
      { id: good, tags: { site: 'A' } },
    ]);

    expect(status).toBe(200);
    const warning = { deviceId: refused, warningCode: 'DeviceRegisteredWithoutTwin' };
    const why = (text: string) => expect.stringContaining(text) as unknown;
    expect(body).toEqual({
      ...nothingWrong,
      warnings: [
        { ...warning, warningStatus: why('device was not written: properties.desired has a key') },
        { ...warning, warningStatus: why('module m was not written: tags.text') },
      ],
    });
    expect(await twinOf(refused)).toMatchObject({ tags: {}, version: 2 });
    expect(await twinOf(good)).toMatchObject({ tags: { site: 'A' } });
  });

  test('updateTwin rows patch twins, those of a tag only where it fits', async () => {
    const [id, missing] = newIds(2) as [string, string];
    const tags = { site: 'A', floor: 1 };
    await post('/devices', [
      { id, tags },
      { id, moduleId: 'm' },
    ]);
    const { etag } = await twinOf(id);
    const identity = await get(id);
    const desired = { rate: 5 };
    const { status, body } = await post('/devices', [
      { id, importMode: 'UpdateTwinIfMatchETag', twinETag: etag, tags: { floor: null } },
      { id, moduleId: 'm', importMode: 'updateTwin', properties: { desired } },
      { id: missing, importMode: 'updateTwin', tags },
    ]);

    expect(status).toBe(400);
    expect(body).toMatchObject({
      errors: [{ deviceId: missing, errorCode: 'DeviceNotFound', operation: 'updateTwin' }],
      warnings: [],
    });
    expect((await twinOf(id)).tags).toEqual({ site: 'A' });
    const { responseBody: module } = await registry.getModuleTwin(id, 'm');
    expect(module.properties.desired).toMatchObject(desired);
    expect(await get(id)).toEqual(identity);
    const stale = { id, importMode: 'updateTwinIfMatchETag', twinETag: etag, tags: null };
    expect((await post('/devices', [stale])).body.errors).toMatchObject([
      { errorCode: 'PreconditionFailed' },
    ]);
  });

  test('numbers of twins stay as they were written, and those that no double holds are refused', async () => {
    const [exact, beyond] = newIds(2) as [string, string];
    const body = `[{"id":"${exact}","tags":{"n":4503599627370495.0,"e":1.50e1}},
      {"id":"${beyond}","importMode":"create","properties":{"desired":{"n":1e400}}}]`;
    const { warnings } = (await post('/devices', body)).body;

    expect(warnings).toMatchObject([
      { deviceId: beyond, warningStatus: expect.stringContaining('beyond the range of a double') },
    ]);
    const whole = `[{"id":"${exact}","importMode":"updateTwin","tags":{"n":12345678901234567890}}]`;
    expect((await post('/devices', whole)).body.errors).toMatchObject([
      { errorCode: 'ArgumentInvalid', errorStatus: expect.stringContaining('tags.n') },
    ]);
    expect((await twinOf(exact)).tags).toEqual({ n: 4503599627370495, e: 15 });
  });
});

describe('POST /devices/keys/regenerate', () => {
  const regenerate = (policyKey: string, ...identities: readonly TestIdentity[]) =>
    post('/devices/keys/regenerate', {
      policyKey,
      devices: identities.map(({ deviceId, moduleId }) => ({ id: deviceId, moduleId })),
    });

  test('ends the connections that the old keys opened, and no others', async () => {
    const [rotated, spared, stranger] = await Promise.all([
      createDevice(),
      createDevice(),
      createDevice(),
    ]);
    const module = await createModule(rotated.deviceId);
    const bySecondary = { ...spared, primaryKey: spared.secondaryKey };
    const [device, ofModule, bySecond, byStranger] = await Promise.all(
      [rotated, module, bySecondary, stranger].map((identity) => open(identity)),
    );
    const { status, body } = await regenerate('primaryKey', rotated, module, spared);

    expect(status).toBe(200);
    await Promise.all([device!.closed, ofModule!.closed]);
    expect(await answerTo(connectFields(rotated))).toBe('20020005');
    const { rotatedKeys } = body as unknown as {
      rotatedKeys: { id: string; primaryKey: string; secondaryKey: string }[];
    };
    expect(rotatedKeys.map(({ id, secondaryKey }) => [id, secondaryKey])).toEqual(
      [rotated, module, spared].map(({ deviceId, secondaryKey }) => [deviceId, secondaryKey]),
    );
    const again = await open({ ...rotated, primaryKey: rotatedKeys[0]!.primaryKey });
    for (const [client, identity] of [
      [bySecond!, spared],
      [byStranger!, stranger],
      [again, rotated],
    ] as const) {
      await client.publish(eventsTopic(identity), 'untouched', 1);
      await client.disconnect();
    }
  });

  test('some: 207, none: 400, an unknown choice: InvalidPolicyKey', async () => {
    const device = await createDevice();
    const missing = { ...device, deviceId: `none-${randomUUID()}` };

    expect(await regenerate('both', device, missing)).toMatchObject({
      status: 207,
      body: { errors: [{ id: missing.deviceId, errorCode: 'DeviceNotFound' }] },
    });
    expect(await regenerate('secondaryKey', missing)).toMatchObject({
      status: 400,
      code: 'BulkRegenerateDeviceKeyOperationFailure',
    });
    expect(await regenerate('first', device)).toMatchObject({
      status: 400,
      code: 'InvalidPolicyKey',
    });
  });
});
