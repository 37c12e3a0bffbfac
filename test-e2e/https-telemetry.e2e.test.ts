/** Telemetry over HTTPS, header by header (device-https.md sections 1 to 3). */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createSasToken } from '@linchpin/auth';
import { eventually } from '@linchpin/testing';
import { policyKeys } from './support/administration.js';
import { createClientCertificate } from './support/client-certificate.js';
import { errorCodeOf, HttpsDevice } from './support/https-device.js';
import { valueOf, type RawAnswer } from './support/https-socket.js';
import { hub } from './support/hub.js';
import { KafkaReader } from './support/kafka-reader.js';
import {
  createDevice,
  createModule,
  createX509Device,
  tokenOf,
  updateDevice,
  type TestIdentity,
} from './support/registry.js';
import { storedSoFar } from './support/stored-so-far.js';

const messageBytesMax = 262_144;
const devices: HttpsDevice[] = [];
let reader: KafkaReader;
let identity: TestIdentity;
let device: HttpsDevice;

beforeAll(async () => {
  reader = await KafkaReader.from();
  [identity, device] = await openNew();
});

afterAll(async () => {
  for (const each of devices) {
    each.close();
  }
  await reader.close();
});

async function openNew(): Promise<[TestIdentity, HttpsDevice]> {
  const created = await createDevice();
  return [created, await open(created)];
}

async function open(created: TestIdentity, tls: object = {}): Promise<HttpsDevice> {
  const opened = await HttpsDevice.connect(created, { tls });
  devices.push(opened);
  return opened;
}

function expectRefusal(answer: RawAnswer, status: number, code: string): void {
  expect([answer.status, errorCodeOf(answer)]).toEqual([status, code]);
  const { Message, ExceptionMessage } = JSON.parse(answer.body.toString()) as Record<
    string,
    string
  >;
  expect(Message).toMatch(new RegExp(`^ErrorCode:${code};`));
  expect(ExceptionMessage).toMatch(/^Tracking ID:/);
}

test('device-https 1: an event is stored, and answered with 204 and nothing', async () => {
  const answer = await device.send('hello');
  expect([answer.status, answer.body.length]).toEqual([204, 0]);
  expect(valueOf(answer.headers, 'x-ms-request-id')).toMatch(/^[\da-f-]{32,36}$/);
  expect((await reader.waitFor(identity.deviceId, 1))[0]?.value.toString()).toBe('hello');
});

test('device-https 2, 42: the path of a module, with one slash and with two; others are unknown', async () => {
  const module = await createModule(identity.deviceId);
  const opened = await open(module);
  const double = `/devices/${identity.deviceId}/modules/${module.moduleId}//messages/events`;
  expect((await opened.send('one')).status).toBe(204);
  expect(
    (await opened.ask({ below: '', path: `${double}?api-version=2020-09-30`, body: 'two' })).status,
  ).toBe(204);
  expectRefusal(await device.ask({ below: '/messages/nothing' }), 404, 'GenericNotFound');
  expectRefusal(
    await device.ask({ below: '/messages/events', method: 'PUT' }),
    405,
    'GenericMethodNotAllowed',
  );
});

test('device-https 3: a certificate counts without Authorization, and with an empty one', async () => {
  const { tls, sha1 } = createClientCertificate();
  const known = await open(await createX509Device({ primaryThumbprint: sha1 }), tls);
  for (const headers of [[], [['Authorization', '']], [['Authorization', ' ']]] as const) {
    const answer = await known.ask({
      ...{ below: '/messages/events', authorization: '', headers, body: 'x' },
    });
    expect(answer.status).toBe(204);
  }
});

test('device-https 4: without an api-version it is no request of this protocol', async () => {
  const path = `/devices/${identity.deviceId}/messages/events`;
  expectRefusal(await device.ask({ below: '', path }), 400, 'InvalidProtocolVersion');
});

describe('device-https 5, 6, 7, 46: refused with its code and envelope', () => {
  const later = new Date(Date.now() + 3_600_000);
  const ofPolicy = async (policy: string): Promise<string> => {
    const key = (await policyKeys()).get(policy) ?? '';
    return createSasToken({ audience: hub.host, key, policy, expiresAt: later });
  };

  test.each<[string, () => string | Promise<string>]>([
    ['a wrong signature', () => tokenOf({ ...identity, primaryKey: hub.owner.key })],
    ['a token that is over', () => tokenOf(identity, new Date(Date.now() - 3_600_000))],
    ['one of another device', async () => tokenOf(await createDevice())],
    ['one of another hub', () => tokenOf(identity, undefined, 'other.example')],
    ['a policy with ServiceConnect alone', () => ofPolicy('service')],
    ['a policy with RegistryRead alone', () => ofPolicy('registryRead')],
    ['no token', () => ''],
    ['a bearer', () => `Bearer ${hub.adminToken}`],
  ])('%s', async (_, authorization) => {
    const refused = await open(identity);
    const answer = await refused.ask({
      ...{ below: '/messages/events', authorization: await authorization(), body: 'x' },
    });
    expectRefusal(answer, 401, 'IotHubUnauthorized');
  });
});

test('device-https 8, 9, 10, 11, 17: headers are the properties of the message', async () => {
  const [{ deviceId, generationId }, opened] = await openNew();
  const { status } = await opened.send('{}', [
    ['iothub-app-CamelCase', 'Value'],
    ['IoTHub-MessageId', 'm-1'],
    ['iothub-correlationid', 'c-1'],
    ['iothub-userid', 'u-1'],
    ['iothub-contenttype', 'application/json'],
    ['iothub-contentencoding', 'utf-8'],
    ['iothub-creation-time-utc', '2026-01-31T10:11:12Z'],
    ['dt-subject', 'thermostat'],
    ['Content-Type', 'application/octet-stream'],
    ['iothub-connection-device-id', 'another'],
    ['iothub-connection-auth-generation-id', '1'],
    ['iothub-enqueuedtime', '2001-01-01T00:00:00Z'],
    ['x-ms-client-request-id', 'mine'],
  ]);
  const [stored] = await reader.waitFor(deviceId, 1);

  expect(status).toBe(204);
  expect(stored?.headers).toMatchObject({
    CamelCase: 'Value',
    'message-id': 'm-1',
    'correlation-id': 'c-1',
    'user-id': 'u-1',
    'content-type': 'application/json',
    'content-encoding': 'utf-8',
    'iothub-creation-time-utc': expect.stringMatching(/^2026-01-31T10:11:12/),
    'dt-subject': 'thermostat',
    'iothub-connection-device-id': deviceId,
    'iothub-connection-auth-generation-id': generationId,
  });
  expect(Object.keys(stored?.headers ?? {})).not.toContain('x-ms-client-request-id');
  expect(stored?.headers['iothub-enqueuedtime']).toBeUndefined();
});

test('device-https 12: 262144 counted bytes are stored, one more is too large', async () => {
  const [created, opened] = await openNew();
  expect((await opened.send(Buffer.alloc(messageBytesMax))).status).toBe(204);
  expectRefusal(await opened.send(Buffer.alloc(messageBytesMax + 1)), 413, 'MessageTooLarge');
  const again = await open(created);
  expectRefusal(
    await again.send(Buffer.alloc(messageBytesMax - 1), [['iothub-app-a', 'b']]),
    413,
    'MessageTooLarge',
  );
  expect(await storedSoFar(reader, created)).toHaveLength(1);
});

const base64 = (text: string): string => Buffer.from(text).toString('base64');

test('device-https 13, 14, 16: a batch has its messages in order, each with what is said of it', async () => {
  const [{ deviceId }, opened] = await openNew();
  const { status } = await opened.sendBatch([
    { body: base64('first') },
    { body: 'second ü', base64Encoded: false },
    {
      body: base64('third'),
      base64Encoded: true,
      properties: {
        'iothub-app-CamelCase': 'x',
        'iothub-messageid': 'm-3',
        'iothub-contenttype': 'text/plain',
        unknown: 'y',
      },
    },
    { body: '', properties: {} },
  ]);
  const stored = await reader.waitFor(deviceId, 4);

  expect(status).toBe(204);
  expect(stored.map(({ value }) => value.toString())).toEqual(['first', 'second ü', 'third', '']);
  expect(stored[2]?.headers).toMatchObject({
    CamelCase: 'x',
    'message-id': 'm-3',
    'content-type': 'text/plain',
  });
  expect(Object.keys(stored[2]?.headers ?? {})).not.toContain('unknown');
});

test('device-https 15: of a batch with a fault nothing is stored', async () => {
  const [created, opened] = await openNew();
  const good = { body: base64('good') };
  for (const batch of [
    '[',
    '{}',
    'null',
    '[1]',
    [good, { body: '%%%' }],
    [good, { body: 7 }],
    [good, { body: base64('x'), base64Encoded: 'no' }],
    [good, { body: base64('x'), properties: { 'iothub-app-a': 1 } }],
    [good, { body: base64('x'), properties: [] }],
    [good, {}],
    [good, null],
  ]) {
    const answer = await opened.sendBatch(batch);
    expect([batch, answer.status]).toEqual([batch, 400]);
    expect(errorCodeOf(answer)).toBeDefined();
  }
  expect((await opened.sendBatch([])).status).toBe(204);

  expect(await storedSoFar(reader, created)).toEqual([]);
});

test('device-https 44: a device id that must be encoded', async () => {
  const created = await createDevice(`d%#:${Date.now()}`);
  const opened = await open(created);
  expect((await opened.send('x')).status).toBe(204);
  expect(await reader.waitFor(created.deviceId, 1)).toHaveLength(1);
});

test('device-https 47: HTTP/2 is not offered', async () => {
  const opened = await open(identity, { ALPNProtocols: ['h2', 'http/1.1'] });
  expect(opened.socket.socket.alpnProtocol).toBe('http/1.1');
});

test('device-https 48: a header of 40 KiB is taken', async () => {
  const [{ deviceId }, opened] = await openNew();
  const properties = Array.from(
    { length: 40 },
    (_, index) => [`iothub-app-p${index}`, 'v'.repeat(1_000)] as const,
  );
  expect((await opened.send('x', properties)).status).toBe(204);
  expect((await reader.waitFor(deviceId, 1))[0]?.headers['p39']).toHaveLength(1_000);
});

test('device-https 49: a hundred events on one connection', async () => {
  const [{ deviceId }, opened] = await openNew();
  for (let number = 0; number < 100; number++) {
    expect((await opened.send(String(number))).status).toBe(204);
  }
  const stored = await reader.waitFor(deviceId, 100);
  expect(stored.map(({ value }) => Number(value.toString()))).toEqual(
    Array.from({ length: 100 }, (_, number) => number),
  );
});

test('a kept connection is refused from when its device is disabled', async () => {
  const [{ deviceId }, opened] = await openNew();
  expect((await opened.send('x')).status).toBe(204);
  await updateDevice(deviceId, { status: 'disabled' });
  await eventually(async () => (await opened.send('y')).status === 401);
});
