import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { askAs, type Answer, type Question } from './support/exchange.js';
import { startTestApi, type TestApi } from './support/start-test-api.js';

let api: TestApi;

beforeAll(async () => {
  api = await startTestApi();
});

afterAll(async () => {
  await api.stop();
});

function ask(question: Question): Promise<Answer> {
  return askAs(api, 'registryReadWrite', question);
}

function put(id: string, body: unknown, ifMatch?: string): Promise<Answer> {
  const headers = ifMatch === undefined ? {} : { 'if-match': ifMatch };
  return ask({ method: 'PUT', path: `/devices/${id}`, headers, body });
}

test('service-rest 1: PUT without If-Match creates, with keys, etag and generation', async () => {
  const { status, json } = await put('created', { deviceId: 'created' });

  expect(status).toBe(200);
  expect(json).toMatchObject({
    deviceId: 'created',
    generationId: expect.stringMatching(/^\d{18}$/),
    authentication: { type: 'sas' },
  });
  expect(json.authentication.symmetricKey.primaryKey).toHaveLength(44);
});

test('service-rest 2: the same again is 409 DeviceAlreadyExists in the legacy shape', async () => {
  await put('twice', { deviceId: 'twice' });
  const { status, headers, json } = await put('twice', { deviceId: 'twice' });

  expect(status).toBe(409);
  expect(headers['iothub-errorcode']).toBe('DeviceAlreadyExists');
  expect(json).toEqual({
    Message: expect.stringMatching(/^ErrorCode:DeviceAlreadyExists;/),
    ExceptionMessage: expect.stringMatching(
      /^Tracking ID:[0-9a-f]{32}-G:\d+-TimeStamp:\d\d\/\d\d\/\d{4} \d\d:\d\d:\d\d$/,
    ),
  });
});

test.each(['"*"', '*'])('service-rest 3: PUT with If-Match %s updates', async (ifMatch) => {
  const id = `any-${ifMatch.length}`;
  const { json: created } = await put(id, { deviceId: id });
  const { status, json } = await put(id, { deviceId: id, status: 'disabled' }, ifMatch);

  expect(status).toBe(200);
  expect(json).toMatchObject({ status: 'disabled', generationId: created.generationId });
  expect(json.etag).not.toBe(created.etag);
});

test('service-rest 4: PUT with If-Match * on a missing device is 404001', async () => {
  const { status, headers } = await put('missing', { deviceId: 'missing' }, '*');

  expect([status, headers['iothub-errorcode']]).toEqual([404, 'DeviceNotFound']);
});

test('service-rest 5: a stale etag is 412 PreconditionFailed', async () => {
  const { json } = await put('stale', { deviceId: 'stale' });
  await put('stale', { deviceId: 'stale' }, json.etag);
  const again = await put('stale', { deviceId: 'stale' }, json.etag);

  expect([again.status, again.headers['iothub-errorcode']]).toEqual([412, 'PreconditionFailed']);
});

test('service-rest 6: a raw tag is as good as one in quotes', async () => {
  const first = await put('tags', { deviceId: 'tags' });
  const second = await put('tags', { deviceId: 'tags' }, first.json.etag);
  const third = await put('tags', { deviceId: 'tags' }, `"${second.json.etag}"`);

  expect([second.status, third.status]).toEqual([200, 200]);
});

test('service-rest 8: the header ETag is in quotes, the member etag is not', async () => {
  await put('tagged', { deviceId: 'tagged' });
  const { headers, json } = await ask({ path: '/devices/tagged' });

  expect(headers.etag).toBe(`"${json.etag}"`);
});

test('service-rest 14: ids differ by letter case, and a missing one is DeviceNotFound', async () => {
  await put('Case', { deviceId: 'Case' });
  const { status, json } = await ask({ path: '/devices/case' });

  expect(status).toBe(404);
  expect(json.Message).toMatch(/^ErrorCode:DeviceNotFound;/);
  expect((await ask({ path: '/devices/Case' })).status).toBe(200);
});

test.each(['x'.repeat(129), 'a%2Fb', 'a%20b', 'a%22b', 'a%5Cb', '%00', '%C3%A9'])(
  'service-rest 15: the id %s is 400004',
  async (id) => {
    const { status, headers } = await put(id, {});

    expect([status, headers['iothub-errorcode']]).toEqual([400, 'ArgumentInvalid']);
  },
);

test.each([
  ['a+b', 'a+b'],
  ['a%2Bc', 'a+c'],
  ["x'y", "x'y"],
  ['50%', '50%'],
  ['51%25', '51%'],
  ['a%252Fb', 'a%2Fb'],
  ['q%3Fr%23s', 'q?r#s'],
  ['-:.+%25_%23*%3F!(),%3D@;$%27', "-:.+%_#*?!(),=@;$'"],
])('security-limits 23: PUT /devices/%s is the device %s', async (encoded, deviceId) => {
  const { status, json } = await put(encoded, { deviceId });

  expect(status).toBe(200);
  expect(json.deviceId).toBe(deviceId);
  expect((await ask({ path: `/devices/${encodeURIComponent(deviceId)}` })).json).toEqual(json);
});

test('service-rest 16: DELETE is 204 without a body, the second 404', async () => {
  await put('gone', { deviceId: 'gone' });
  const first = await ask({
    method: 'DELETE',
    path: '/devices/gone',
    headers: { 'if-match': '*' },
  });
  const second = await ask({ method: 'DELETE', path: '/devices/gone' });

  expect(first).toMatchObject({ status: 204, text: '' });
  expect(first.headers['content-length']).toBe('0');
  expect([second.status, second.headers['iothub-errorcode']]).toEqual([404, 'DeviceNotFound']);
});

test('DELETE with another tag is 412, and with none it is unconditional', async () => {
  await put('kept', { deviceId: 'kept' });
  const headers = { 'if-match': '"b3RoZXI="' };

  expect((await ask({ method: 'DELETE', path: '/devices/kept', headers })).status).toBe(412);
  expect((await ask({ method: 'DELETE', path: '/devices/kept' })).status).toBe(204);
});

test('service-rest 18: /devices/ is /devices; without top, or with more, it is 1000', async () => {
  await put('listed', { deviceId: 'listed' });
  const all = await ask({ path: '/devices' });

  expect(all.json).toContainEqual(expect.objectContaining({ deviceId: 'listed' }));
  for (const path of ['/devices/?api-version=2021-04-12', '/devices?api-version=2021-04-12']) {
    for (const top of ['', '&top=', '&top=1000', '&top=2000', '&top=9007199254740993']) {
      expect((await ask({ path: `${path}${top}` })).json).toEqual(all.json);
    }
  }
  expect((await ask({ path: '/devices?top=1&api-version=2021-04-12' })).json).toHaveLength(1);
});

test.each(['0', '-1', 'abc', '1.5', '1e2', '0x10', ' 1', '∞'])(
  'a top of %j is 400',
  async (top) => {
    const path = `/devices?api-version=2021-04-12&top=${encodeURIComponent(top)}`;
    const { status, headers, json } = await ask({ path });

    expect([status, headers['iothub-errorcode']]).toEqual([400, 'ArgumentInvalid']);
    expect(json.Message).toBe('ErrorCode:ArgumentInvalid;top: must be a whole number from 1 on.');
  },
);

test('service-rest 31: statistics have every field', async () => {
  await put('off', { deviceId: 'off', status: 'disabled' });
  const devices = await ask({ path: '/statistics/devices' });
  const service = await ask({ path: '/statistics/service' });
  const { totalDeviceCount, enabledDeviceCount, disabledDeviceCount } = devices.json;

  expect(Object.keys(devices.json)).toEqual([
    'totalDeviceCount',
    'enabledDeviceCount',
    'disabledDeviceCount',
  ]);
  expect(disabledDeviceCount).toBeGreaterThan(0);
  expect(enabledDeviceCount + disabledDeviceCount).toBe(totalDeviceCount);
  expect(service.text).toBe('{"connectedDeviceCount":0}');
});

test('what a client may set arrives in the registry as it was given', async () => {
  const definition = {
    deviceId: 'rich',
    status: 'disabled',
    statusReason: 'stolen',
    authentication: {
      type: 'selfSigned',
      x509Thumbprint: { primaryThumbprint: 'AB'.repeat(20), secondaryThumbprint: 'cd'.repeat(32) },
    },
    capabilities: { iotEdge: true },
    deviceScope: 'mine',
    parentScopes: ['theirs'],
    attributes: { site: 'A' },
  };
  const { status, json } = await ask({
    method: 'PUT',
    path: '/devices/rich?api-version=2024-03-31',
    body: definition,
  });

  expect(status).toBe(200);
  expect(json).toMatchObject(definition);
});

test('a device that names another id in its body is 400004', async () => {
  const { status, json } = await put('one', { deviceId: 'other' });

  expect(status).toBe(400);
  expect(json.Message).toMatch(/^ErrorCode:ArgumentInvalid;.*deviceId/);
});
