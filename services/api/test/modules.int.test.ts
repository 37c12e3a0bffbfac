import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { askAs, type Answer, type Question } from './support/exchange.js';
import { startTestApi, type TestApi } from './support/start-test-api.js';

let api: TestApi;

beforeAll(async () => {
  api = await startTestApi();
  await ask({ method: 'PUT', path: '/devices/edge', body: { deviceId: 'edge' } });
});

afterAll(async () => {
  await api.stop();
});

function ask(question: Question): Promise<Answer> {
  return askAs(api, 'registryReadWrite', question);
}

function codeOf({ status, headers }: Answer): unknown[] {
  return [status, headers['iothub-errorcode']];
}

test('a module is created and updated with 200, and has no status', async () => {
  const path = '/devices/edge/modules/camera';
  const body = { deviceId: 'edge', moduleId: 'camera', managedBy: 'me' };
  const created = await ask({ method: 'PUT', path, body });
  const updated = await ask({
    method: 'PUT',
    path,
    body: { managedBy: 'iotEdge' },
    headers: { 'if-match': created.json.etag },
  });
  const read = await ask({ path });

  expect([created.status, updated.status, read.status]).toEqual([200, 200, 200]);
  expect(created.json).toMatchObject(body);
  expect(created.json).not.toHaveProperty('status');
  expect(updated.json.managedBy).toBe('iotEdge');
  expect(read.json).toEqual(updated.json);
  expect(read.headers.etag).toBe(`"${read.json.etag}"`);
});

test('service-rest 22: unknown device 404001, unknown module 404010, duplicate 409301', async () => {
  const body = {};
  await ask({ method: 'PUT', path: '/devices/edge/modules/twice', body });

  expect(codeOf(await ask({ method: 'PUT', path: '/devices/none/modules/m', body }))).toEqual([
    404,
    'DeviceNotFound',
  ]);
  expect(codeOf(await ask({ path: '/devices/none/modules' }))).toEqual([404, 'DeviceNotFound']);
  expect(codeOf(await ask({ path: '/devices/edge/modules/none' }))).toEqual([
    404,
    'ModuleNotFound',
  ]);
  expect(codeOf(await ask({ method: 'PUT', path: '/devices/edge/modules/twice', body }))).toEqual([
    409,
    'ModuleAlreadyExistsOnDevice',
  ]);
});

test('the list holds the modules of the one device', async () => {
  await ask({ method: 'PUT', path: '/devices/other', body: {} });
  await ask({ method: 'PUT', path: '/devices/other/modules/m1', body: {} });
  const { status, json } = await ask({ path: '/devices/other/modules/' });

  expect(status).toBe(200);
  expect(json).toEqual([expect.objectContaining({ deviceId: 'other', moduleId: 'm1' })]);
});

test('DELETE is 204, conditional when it states a tag', async () => {
  const path = '/devices/edge/modules/short-lived';
  await ask({ method: 'PUT', path, body: {} });

  expect((await ask({ method: 'DELETE', path, headers: { 'if-match': '"x"' } })).status).toBe(412);
  expect((await ask({ method: 'DELETE', path, headers: { 'if-match': '"*"' } })).status).toBe(204);
  expect((await ask({ method: 'DELETE', path })).status).toBe(404);
});

test('security-limits quirk 9: $ comes as it is or as %24', async () => {
  await ask({ method: 'PUT', path: '/devices/edge/modules/$mine', body: { moduleId: '$mine' } });

  expect((await ask({ path: '/devices/edge/modules/%24mine' })).json.moduleId).toBe('$mine');
});

test('ids of path and body must be the same', async () => {
  const path = '/devices/edge/modules/m';

  expect(codeOf(await ask({ method: 'PUT', path, body: { deviceId: 'other' } }))).toEqual([
    400,
    'ArgumentInvalid',
  ]);
  expect(codeOf(await ask({ method: 'PUT', path, body: { moduleId: 'M' } }))).toEqual([
    400,
    'ArgumentInvalid',
  ]);
});
