/** An Edge device with its own token (service-rest.md section 13.6), on an api of its own. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createSasToken } from '@linchpin/auth';
import { ask, askAs, type Answer } from './support/exchange.js';
import { hostName, startTestApi, type TestApi } from './support/start-test-api.js';

const version = 'api-version=2017-11-08-preview';

let api: TestApi;

beforeAll(async () => {
  api = await startTestApi();
  for (const [id, iotEdge] of [
    ['edge', true],
    ['leaf', false],
  ] as const) {
    const body = { deviceId: id, capabilities: { iotEdge } };
    await askAs(api, 'registryReadWrite', { method: 'PUT', path: `/devices/${id}`, body });
  }
});

afterAll(async () => {
  await api.stop();
});

interface Asked {
  readonly method?: string;
  readonly path: string;
  readonly ifMatch?: string;
  readonly body?: object;
}

/** With the own token of a device. */
async function askBy(deviceId: string, { method, path, ifMatch, body }: Asked): Promise<Answer> {
  const { json } = await askAs(api, 'registryRead', { path: `/devices/${deviceId}` });
  const authorization = createSasToken({
    audience: `${hostName}/devices/${deviceId}`,
    key: json.authentication.symmetricKey.primaryKey,
    expiresAt: new Date(Date.now() + 60_000),
  });
  const headers = { authorization, ...(ifMatch !== undefined && { 'if-match': ifMatch }) };
  return ask(api, { path: `${path}?${version}`, headers, body, ...(method && { method }) });
}

test('security-limits 10: it creates, lists, reads, updates and removes its modules', async () => {
  const path = '/devices/edge/modules/m1';
  const body = { moduleId: 'm1', managedBy: 'iotEdge', deviceId: 'edge' };
  const created = await askBy('edge', { method: 'PUT', path, body });
  expect(created.status).toBe(200);
  expect((await askBy('edge', { method: 'PUT', path, body })).status).toBe(409);
  const updated = await askBy('edge', { method: 'PUT', path, ifMatch: '*', body });
  expect(updated.status).toBe(200);
  expect(updated.json.generationId).toBe(created.json.generationId);
  expect((await askBy('edge', { path: '/devices/edge/modules' })).json).toHaveLength(1);
  expect((await askBy('edge', { path })).json).toMatchObject({ moduleId: 'm1' });
  expect((await askBy('edge', { method: 'DELETE', path, ifMatch: '*' })).status).toBe(204);
  expect((await askBy('edge', { path })).status).toBe(404);
});

test.each<[string, string, Asked]>([
  ['another’s modules', 'edge', { path: '/devices/leaf/modules' }],
  ['another’s module', 'edge', { method: 'DELETE', path: '/devices/leaf/modules/m1' }],
  ['its own identity', 'edge', { path: '/devices/edge' }],
  ['the change of it', 'edge', { method: 'PUT', path: '/devices/edge', ifMatch: '*', body: {} }],
  ['all devices', 'edge', { path: '/devices' }],
  ['a bulk request', 'edge', { method: 'POST', path: '/devices', body: [{ id: 'x' }] }],
  ['new keys', 'edge', { method: 'POST', path: '/devices/keys/regenerate', body: {} }],
  ['statistics', 'edge', { path: '/statistics/devices' }],
  ['its modules, when it is no Edge device', 'leaf', { path: '/devices/leaf/modules' }],
])('security-limits 10: it may not: %s', async (_what, deviceId, asked) => {
  const { status, headers } = await askBy(deviceId, asked);
  expect(status).toBe(401);
  expect(headers['iothub-errorcode']).toBe('IotHubUnauthorizedAccess');
});

test('changes bear its name', async () => {
  const path = '/devices/edge/modules/named';
  await askBy('edge', { method: 'PUT', path, body: { moduleId: 'named' } });
  const call = api.registry.calls.filter(({ path: rpc }) => rpc.endsWith('/CreateIdentity')).at(-1);
  const actor = call?.metadata['linchpin-actor-bin'] as Buffer;
  expect(JSON.parse(actor.toString())).toMatchObject({ kind: 'device', name: 'edge' });
  expect(api.log.filter(({ operation }) => operation === 'PutModule').at(-1)).toMatchObject({
    hub: 'Test',
    deviceId: 'edge',
    moduleId: 'named',
    status: 200,
  });
});
