/** The identity daemon of an Edge device, as it calls the hub (service-rest.md section 13.6). */
import { beforeAll, expect, test } from '@jest/globals';
import { hub } from './support/hub.js';
import { createDevice, tokenOf, updateDevice, type TestIdentity } from './support/registry.js';

const capabilities = { iotEdge: true };
let edge: TestIdentity;

beforeAll(async () => {
  edge = await createDevice(undefined, { capabilities });
});

async function ask(identity: TestIdentity, method: string, path: string, body?: object) {
  const response = await fetch(`https://${hub.host}${path}?api-version=2017-11-08-preview`, {
    method,
    headers: {
      Authorization: tokenOf(identity),
      'Content-Type': 'application/json',
      ...(body !== undefined && 'etag' in body && { 'If-Match': '*' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : (JSON.parse(text) as unknown) };
}

test('security-limits 10: the key of an Edge device manages its modules, the system ones too', async () => {
  const modules = `/devices/${edge.deviceId}/modules`;
  const module = { moduleId: 'm', managedBy: 'iotEdge', deviceId: edge.deviceId };
  const symmetricKey = { primaryKey: Buffer.alloc(32, 1).toString('base64'), secondaryKey: '' };
  const agent = {
    ...module,
    moduleId: '$edgeAgent',
    etag: '*',
    authentication: { type: 'sas', symmetricKey },
  };

  expect(await ask(edge, 'PUT', `${modules}/m`, module)).toMatchObject({ status: 200 });
  expect(await ask(edge, 'PUT', `${modules}/$edgeAgent`, agent)).toMatchObject({
    status: 200,
    body: { authentication: { symmetricKey: { primaryKey: symmetricKey.primaryKey } } },
  });
  expect(await ask(edge, 'GET', modules)).toMatchObject({
    status: 200,
    body: [{ moduleId: '$edgeAgent' }, { moduleId: '$edgeHub' }, { moduleId: 'm' }],
  });
  expect((await ask(edge, 'GET', `${modules}/m`)).status).toBe(200);
  expect((await ask(edge, 'DELETE', `${modules}/m`)).status).toBe(204);
  expect(await ask(edge, 'GET', `${modules}/m`)).toMatchObject({
    status: 404,
    body: { Message: expect.stringContaining('ModuleNotFound') },
  });
});

test('security-limits 10: it manages no other’s, nor itself, nor does a device that is no Edge device', async () => {
  const leaf = await createDevice();
  const attempts = [
    await ask(edge, 'GET', `/devices/${leaf.deviceId}/modules`),
    await ask(edge, 'PUT', `/devices/${leaf.deviceId}/modules/m`, { moduleId: 'm' }),
    await ask(edge, 'GET', `/devices/${edge.deviceId}`),
    await ask(edge, 'GET', '/devices'),
    await ask(leaf, 'GET', `/devices/${leaf.deviceId}/modules`),
  ];
  expect(attempts.map(({ status }) => status)).toEqual(attempts.map(() => 401));
});

test('security-limits 10: nor does an Edge device that is disabled', async () => {
  const disabled = await createDevice(undefined, { capabilities });
  const path = `/devices/${disabled.deviceId}/modules`;
  expect((await ask(disabled, 'GET', path)).status).toBe(200);
  await updateDevice(disabled.deviceId, { status: 'disabled' });
  expect((await ask(disabled, 'GET', path)).status).toBe(401);
});
