import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { freePort } from '@linchpin/testing';
import { askAs, type Answer } from './support/exchange.js';
import { startTestApi, type TestApi } from './support/start-test-api.js';

let api: TestApi;

beforeAll(async () => {
  api = await startTestApi();
});

afterAll(async () => {
  await api.stop();
});

const post = (body: unknown, path = '/devices'): Promise<Answer> =>
  askAs(api, 'registryReadWrite', { method: 'POST', path, body });
const regenerate = (policyKey: string, ...ids: string[]): Promise<Answer> =>
  post({ policyKey, devices: ids.map((id) => ({ id })) }, '/devices/keys/regenerate');

test('a request of which all rows were applied is 200, at either spelling of the path', async () => {
  for (const path of ['/devices', '/devices/', '/DEVICES/']) {
    const { status, headers, json } = await post([{ id: 'a' }, { id: 'b', tags: { x: 1 } }], path);
    expect(status).toBe(200);
    expect(headers).not.toHaveProperty('iothub-errorcode');
    expect(json).toEqual({ isSuccessful: true, errors: [], warnings: [] });
  }
});

test('twins go to the hub of the caller, each number as it was written', async () => {
  const before = api.registry.twins.changes.length;
  const { json } = await post(`[
    {"id":"t1","tags":{"n":1.0,"long":12345678901234567890},"properties":{"reported":{"a":1}}},
    {"id":"t1","moduleId":"m","properties":{"desired":{"rate": 1.50e1}}},
    {"id":"t2"}]`);

  expect(json).toEqual({ isSuccessful: true, errors: [], warnings: [] });
  const same = {
    ...{ mode: 'patch', ifMatch: undefined },
    hub: { hub: 'Test', hubGeneration: '7' },
  };
  expect(api.registry.twins.changes.slice(before)).toEqual([
    {
      ...{ ...same, identity: { deviceId: 't1' } },
      tagsJson: '{"n":1.0,"long":12345678901234567890}',
    },
    {
      ...{ ...same, identity: { deviceId: 't1', moduleId: 'm' } },
      desiredJson: '{"rate": 1.50e1}',
    },
  ]);
});

test('rows that change twins alone fail one by one, each with its code', async () => {
  await post([{ id: 'u1' }, { id: 'u2' }]);
  const tags = { changed: true };
  const { status, headers, json } = await post([
    { id: 'u1', importMode: 'UpdateTwin', tags },
    { id: 'u2', importMode: 'updateTwinIfMatchETag', twinETag: 'stale', tags },
    { id: 'u3', importMode: 'updateTwinIfMatchETag', twinETag: '*', tags },
  ]);

  expect([status, headers['iothub-errorcode']]).toEqual([400, 'BulkRegistryOperationFailure']);
  const told = {
    moduleId: '',
    errorStatus: expect.any(String),
    operation: 'updateTwinIfMatchETag',
  };
  expect(json).toEqual({
    isSuccessful: false,
    errors: [
      { deviceId: 'u2', errorCode: 'PreconditionFailed', ...told },
      { deviceId: 'u3', errorCode: 'DeviceNotFound', ...told },
    ],
    warnings: [],
  });
  const twinOf = async (id: string) => (await askAs(api, 'service', { path: `/twins/${id}` })).json;
  expect(await twinOf('u1')).toMatchObject({ tags });
  const { etag } = await twinOf('u2');
  const fits = { id: 'u2', importMode: 'updateTwinIfMatchETag', twinETag: `"${etag}"`, tags };
  expect((await post([fits])).status).toBe(200);
  expect(await twinOf('u2')).toMatchObject({ tags });
});

test('while the twin service is away, identities are written, and each that lacks its twin is told', async () => {
  const address = `127.0.0.1:${await freePort()}`;
  const lonely = await startTestApi({ LINCHPIN_TWIN_ADDRESS: address });
  const tags = { site: 'A' };
  const body = [{ id: 'a', tags }, { id: 'b' }, { id: 'a', moduleId: 'm', tags }];
  const answer = await askAs(lonely, 'iothubowner', { method: 'POST', path: '/devices', body });

  expect(answer.status).toBe(200);
  const warning = { deviceId: 'a', warningCode: 'DeviceRegisteredWithoutTwin' };
  const reason = (of: string) =>
    expect.stringMatching(new RegExp(`^The twin of the ${of} was not written: .`)) as unknown;
  expect(answer.json).toEqual({
    isSuccessful: true,
    errors: [],
    warnings: [
      { ...warning, warningStatus: reason('device') },
      { ...warning, warningStatus: reason('module m') },
    ],
  });
  expect((await askAs(lonely, 'iothubowner', { path: '/devices/a' })).status).toBe(200);
  await lonely.stop();
});

test('service-rest 25: with a failure it is 400, and the body is the result', async () => {
  const { status, headers, json } = await post([
    { id: 'new', importMode: 'create' },
    { id: 'missing', importMode: 'update' },
    { id: 'newer', importMode: 'create' },
  ]);
  expect(status).toBe(400);
  expect(headers['iothub-errorcode']).toBe('BulkRegistryOperationFailure');
  expect(json).toEqual({
    isSuccessful: false,
    errors: [
      {
        deviceId: 'missing',
        moduleId: '',
        errorCode: 'DeviceNotFound',
        errorStatus: expect.any(String),
        operation: 'update',
      },
    ],
    warnings: [],
  });
  const { json: devices } = await askAs(api, 'registryRead', { path: '/devices' });
  expect(devices).toEqual(
    expect.arrayContaining(
      ['new', 'newer'].map((deviceId) => expect.objectContaining({ deviceId })),
    ),
  );
  expect(api.log.filter(({ operation }) => operation === 'ApplyBulkRows').at(-1)).toMatchObject({
    status: 400,
    errorCode: 'BulkRegistryOperationFailure',
    reason: '1 failed.',
  });
});

test.each([
  ['TooManyDevices', 413, Array.from({ length: 101 }, (_, index) => ({ id: `d${index}` }))],
  ['DeviceDefinedMultipleTimes', 400, [{ id: 'x' }, { id: 'y' }, { id: 'x' }]],
  ['DeserializationError', 400, { id: 'x' }],
  ['DeserializationError', 400, undefined],
  ['ArgumentInvalid', 400, []],
  ['ArgumentInvalid', 400, '[{"id":"x"}'],
  ['ArgumentInvalid', 400, [{ id: 'x' }, { id: 'y', importMode: 'merge' }]],
])('%s refuses the whole request', async (code, status, body) => {
  const answer = await post(body);
  expect(answer.status).toBe(status);
  expect(answer.headers['iothub-errorcode']).toBe(code);
  expect(answer.json.Message).toMatch(`ErrorCode:${code};`);
  const { status: left } = await askAs(api, 'registryRead', { path: '/devices/x' });
  expect(left).toBe(404);
});

test('new keys: 200 for all, 207 for some, 400 for none', async () => {
  await post([{ id: 'k1' }, { id: 'k2' }]);
  const all = await regenerate('both', 'k1', 'k2');
  expect(all.status).toBe(200);
  expect(all.json).toEqual({
    policyKey: 'both',
    rotatedKeys: ['k1', 'k2'].map((id) => ({
      id,
      moduleId: null,
      primaryKey: expect.stringMatching(/^.{44}$/),
      secondaryKey: expect.stringMatching(/^.{44}$/),
    })),
    errors: [],
  });
  const some = await regenerate('primaryKey', 'k1', 'none');
  expect(some.status).toBe(207);
  expect(some.json.errors).toEqual([
    { id: 'none', moduleId: null, errorCode: 'DeviceNotFound', errorStatus: expect.any(String) },
  ]);
  const none = await regenerate('secondaryKey', 'none');
  expect(none.status).toBe(400);
  expect(none.headers['iothub-errorcode']).toBe('BulkRegenerateDeviceKeyOperationFailure');
  expect(none.json).toMatchObject({ rotatedKeys: [], errors: [{ id: 'none' }] });
});

test('new keys of an unknown choice are InvalidPolicyKey', async () => {
  const { status, headers } = await regenerate('primary', 'k1');
  expect(status).toBe(400);
  expect(headers['iothub-errorcode']).toBe('InvalidPolicyKey');
});
