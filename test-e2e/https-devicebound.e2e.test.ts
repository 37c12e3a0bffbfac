/** Messages to devices over HTTPS, header by header (device-https.md sections 4 and 5). */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { administer, createHub, type ServiceAccess } from './support/administration.js';
import { openForMessages, takeMessage } from './support/devicebound-device.js';
import { countMessages, sendMessage } from './support/devicebound-messages.js';
import { collectFeedback } from './support/feedback.js';
import { errorCodeOf, HttpsDevice, lockTokenOf } from './support/https-device.js';
import { valueOf } from './support/https-socket.js';
import { createDevice, type TestIdentity } from './support/registry.js';

const name = `https-c2d-${randomUUID().slice(0, 8)}`;
const devices: HttpsDevice[] = [];
let hub: ServiceAccess;

beforeAll(async () => {
  hub = await createHub(name, `${name}.example`);
});

afterAll(async () => {
  for (const device of devices) {
    device.close();
  }
  await administer('DELETE', `/${name}`);
});

async function openNew(): Promise<[TestIdentity, HttpsDevice]> {
  const identity = await createDevice(undefined, {}, hub);
  const device = await HttpsDevice.connect(identity);
  devices.push(device);
  return [identity, device];
}

const send = (identity: TestIdentity, body: string, headers = {}): Promise<void> =>
  sendMessage(identity, body, headers, hub);

test('device-https 18: of an empty queue comes 204', async () => {
  const [, device] = await openNew();
  const { status, body } = await device.receive();
  expect([status, body.length]).toEqual([204, 0]);
});

test('device-https 19, 20, 21, 43: a message has its bytes, and what is said of it in headers spelled so', async () => {
  const [identity, device] = await openNew();
  const expiry = new Date(Date.now() + 3_600_000).toISOString();
  await send(identity, 'light\0on', {
    ...{ messageid: 'm-1', correlationid: 'c-1', userid: 'u-1', ack: 'full', expiry },
    ...{ contenttype: 'text/plain', contentencoding: 'utf-8', 'app-Room': 'kitchen' },
  });
  const answer = await device.ask({ method: 'GET', below: '/messages/deviceBound' });
  const names = answer.headers.map(([each]) => each);

  expect([answer.status, answer.body.toString()]).toEqual([200, 'light\0on']);
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    ETag: expect.stringMatching(/^"[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}"$/),
    'iothub-messageid': 'm-1',
    'iothub-correlationid': 'c-1',
    'iothub-userid': 'u-1',
    'iothub-to': `/devices/${identity.deviceId}/messages/deviceBound`,
    'iothub-ack': 'full',
    'iothub-expiry': expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    'iothub-enqueuedtime': expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    'iothub-deliverycount': '0',
    'iothub-sequencenumber': expect.stringMatching(/^\d+$/),
    'iothub-app-Room': 'kitchen',
    ContentType: 'text/plain',
    ContentEncoding: 'utf-8',
    'Content-Type': 'application/octet-stream',
    'Content-Length': '8',
  });
  expect(new Set(names).size).toBe(names.length);
});

test('device-https 22, 24: what is locked is not given again, and what is completed is gone', async () => {
  const [identity, device] = await openNew();
  await send(identity, 'x', { messageid: 'completed', ack: 'full' });
  const answer = await device.receive();
  expect((await device.receive()).status).toBe(204);
  expect((await device.complete(lockTokenOf(answer))).status).toBe(204);
  expect(await countMessages(identity, hub)).toBe(0);
  expect((await device.receive()).status).toBe(204);

  const told = await collectFeedback(hub, 'completed');
  expect(told.at(-1)).toMatchObject({ statusCode: 'Success', deviceId: identity.deviceId });
}, 90_000);

test.each([
  ['header', '', [['IotHub-MessageLockTimeout', '1']]],
  ['query parameter', '&iothub-messagelocktimeout=1', []],
] as const)(
  'device-https 23, 31: a lock of 1 s by a %s ends by itself, and counts for nothing',
  async (_, query, headers) => {
    const [identity, device] = await openNew();
    await send(identity, 'x');
    const first = await device.receive(query, headers);
    await delay(1_500);
    const second = await device.receive();

    expect(second.status).toBe(200);
    expect(lockTokenOf(second)).not.toBe(lockTokenOf(first));
    expect(valueOf(second.headers, 'iothub-deliverycount')).toBe('0');
    expect((await device.complete(lockTokenOf(first))).status).toBe(412);
  },
);

test('device-https 25: three ways to reject', async () => {
  const [identity, device] = await openNew();
  for (const [index, query] of ['&reject', '&reject=true', '&%3Freject=true'].entries()) {
    await send(identity, 'x', { messageid: `reject-${index}`, ack: 'negative' });
    expect((await device.complete(lockTokenOf(await device.receive()), query)).status).toBe(204);
  }
  const told = await collectFeedback(hub, 'reject-2');

  expect(told.filter(({ deviceId }) => deviceId === identity.deviceId)).toMatchObject([
    { originalMessageId: 'reject-0', statusCode: 'Rejected' },
    { originalMessageId: 'reject-1', statusCode: 'Rejected' },
    { originalMessageId: 'reject-2', statusCode: 'Rejected' },
  ]);
}, 90_000);

test('device-https 26, 27, 30: what is abandoned waits again, ten times, whatever the body', async () => {
  const [identity, device] = await openNew();
  await send(identity, 'x', { messageid: 'ten', ack: 'negative' });
  const bodies = ['', 'null', '\0'];
  for (let count = 0; count < 10; count++) {
    const answer = await device.receive();
    expect(valueOf(answer.headers, 'iothub-deliverycount')).toBe(String(count));
    const body = bodies[count % bodies.length] ?? '';
    const headers = body === 'null' ? ([['Content-Type', 'application/json']] as const) : [];
    expect((await device.abandon(lockTokenOf(answer), { body, headers })).status).toBe(204);
  }
  expect((await device.receive()).status).toBe(204);
  const told = await collectFeedback(hub, 'ten');

  expect(told.at(-1)).toMatchObject({ statusCode: 'DeliveryCountExceeded' });
}, 90_000);

describe('device-https 28: DeviceMessageLockLost', () => {
  test.each([
    ['a lock that never was', () => randomUUID()],
    ['no lock at all', () => 'nonsense'],
    ['the lock of another device', lockOfAnother],
  ])('%s', async (_, lockOf) => {
    const [, device] = await openNew();
    const lock = await lockOf();
    for (const answer of [
      await device.complete(lock),
      await device.complete(lock, '&reject'),
      await device.abandon(lock),
    ]) {
      expect([answer.status, errorCodeOf(answer)]).toEqual([412, 'DeviceMessageLockLost']);
    }
  });

  async function lockOfAnother(): Promise<string> {
    const [identity, device] = await openNew();
    await send(identity, 'x');
    return lockTokenOf(await device.receive());
  }
});

type Headers = readonly (readonly [name: string, value: string])[];

test.each<[string, (lock: string) => Headers]>([
  ['quoted', (lock) => [['If-Match', `"${lock}"`]]],
  ['unquoted', (lock) => [['If-Match', lock]]],
  ['absent', () => []],
  ['as IfMatch', (lock) => [['IfMatch', `"${lock}"`]]],
])('device-https 29: If-Match %s', async (_, headersOf) => {
  const [identity, device] = await openNew();
  await send(identity, 'x');
  const lock = lockTokenOf(await device.receive());
  const headers = headersOf(lock);

  expect((await device.complete(lock, '', headers)).status).toBe(204);
});

test('device-https 32: what is locked over HTTPS comes by MQTT when it is given back', async () => {
  const [identity, device] = await openNew();
  await send(identity, 'first');
  const lock = lockTokenOf(await device.receive());
  const client = await openForMessages(identity);
  await send(identity, 'second');
  await takeMessage(client, 'second');
  expect(client.received.filter(({ cmd }) => cmd === 'publish')).toHaveLength(1);
  await device.abandon(lock);

  await takeMessage(client, 'first');
  await client.disconnect();
});
