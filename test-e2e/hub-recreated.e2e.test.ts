/** Rights are judged at a request's header and used after its body; in between the hub may become another. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request, type RequestOptions } from 'node:https';
import { text } from 'node:stream/consumers';
import { expect, test } from '@jest/globals';
import { createSasToken } from '@linchpin/auth';
import { eventually } from '@linchpin/testing';
import { administer, createHub, type ServiceAccess } from './support/administration.js';
import { eventsTopic, open } from './support/device-client.js';
import { hub } from './support/hub.js';
import type { MqttClient } from './support/mqtt-client.js';
import {
  createDevice,
  createModule,
  request as ask,
  type TestIdentity,
} from './support/registry.js';
import { scanTopic } from './support/topic-scan.js';
import { askTwins, runQuery } from './support/twin-requests.js';

test('what was begun for a hub that is deleted is not done to the next one of its name', async () => {
  const name = `again-${randomUUID().slice(0, 8)}`;
  const host = `${name}.example.net`;
  const first = await createHub(name, host);
  await createDevice('d1', {}, first);

  const begun = begin('PUT', '/devices/late', body, first);
  // The api asks for the body when it has judged the header, and not before.
  await once(begun, 'continue');
  expect((await administer('DELETE', `/${name}`)).status).toBe(200);
  const second = await createHub(name, host);
  begun.end(body);
  const [response] = (await once(begun, 'response')) as [IncomingMessage];

  expect([response.statusCode, response.headers['iothub-errorcode']]).toEqual([
    401,
    'IotHubNotFound',
  ]);
  expect(await text(response)).toContain('IotHubNotFound');
  const devices = await ask('GET', '/devices', undefined, second);
  expect(await devices.json()).toEqual([]);
});

test('twins of a hub that is deleted are not those of the next one of its name', async () => {
  const name = `twins-${randomUUID().slice(0, 8)}`;
  const host = `${name}.example.net`;
  const query = 'SELECT * FROM devices';
  const first = await createHub(name, host);
  for (const id of ['d1', 'd2']) {
    await createDevice(id, {}, first);
    const patch = { method: 'PATCH', body: { tags: { old: 1 } }, access: first };
    expect((await askTwins(`/twins/${id}`, patch)).status).toBe(200);
  }
  await createModule('d1', 'm1', {}, first);
  const page = await runQuery(query, { 'x-ms-max-item-count': '1' }, first);
  const headers = { 'x-ms-continuation': page.headers.get('x-ms-continuation') ?? '' };
  expect(headers['x-ms-continuation']).not.toBe('');
  const begun = begin('PATCH', '/twins/d1', '{"tags":{"late":1}}', first);
  await once(begun, 'continue');
  expect((await administer('DELETE', `/${name}`)).status).toBe(200);
  const second = await createHub(name, host);
  await createDevice('d1', {}, second);

  expect((await runQuery(query, headers, second)).status).toBe(400);
  begun.end('{"tags":{"late":1}}');
  const [response] = (await once(begun, 'response')) as [IncomingMessage];
  expect(response.statusCode).toBe(401);
  const { twin } = await askTwins('/twins/d1', { access: second });
  expect(twin).toMatchObject({ tags: {}, properties: { desired: { $version: 1 } } });
  const rows = await runQuery(query, {}, second);
  expect(JSON.parse(rows.text)).toEqual([twin]);
  const modules = await runQuery('SELECT * FROM devices.modules', {}, second);
  expect(modules.text).toBe('[]');
});

test('wills of a deleted hub’s devices do not come to the next one of its name', async () => {
  const name = `wills-${randomUUID().slice(0, 8)}`;
  const host = `${name}.example.net`;
  const first = await createHub(name, host);
  const will = await openWithWill(await createDevice('d1', {}, first), 'of the first');
  expect((await administer('DELETE', `/${name}`)).status).toBe(200);
  const second = await createHub(name, host);
  await will.closed;
  (await openWithWill(await createDevice('d1', {}, second), 'of the second')).destroy();

  const stored: string[] = [];
  await eventually(async () => {
    stored.length = 0;
    await scanTopic(second.eventsTopic, new Map(), ({ value }) => stored.push(String(value)));
    return stored.includes('of the second');
  });
  // Those of one device are stored in their order: the first hub's would stand before it.
  expect(stored).toEqual(['of the second']);
});

function openWithWill(identity: TestIdentity, payload: string): Promise<MqttClient> {
  const topic = eventsTopic(identity);
  return open(identity, {
    will: { topic, payload: Buffer.from(payload), qos: 0, retain: false },
  });
}

const body = JSON.stringify({ deviceId: 'late', status: 'enabled' });

/** The api asks for the body when it has judged the header. */
function begin(
  method: string,
  path: string,
  content: string,
  access: ServiceAccess,
): ReturnType<typeof request> {
  const expiresAt = new Date(Date.now() + 600_000);
  const { host: audience, owner } = access;
  const options: RequestOptions = {
    host: hub.host,
    path: `${path}?api-version=2021-04-12`,
    method,
    ca: hub.authority,
    headers: {
      Authorization: createSasToken({ audience, key: owner.key, policy: owner.name, expiresAt }),
      'Content-Type': 'application/json',
      'Content-Length': Buffer.byteLength(content),
      Expect: '100-continue',
    },
  };
  const begun = request(options);
  begun.flushHeaders();
  return begun;
}
