/** device-mqtt.md, conformance lines on telemetry: what a message becomes in Kafka. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createSasToken } from '@linchpin/auth';
import kafkajs from 'kafkajs';
import { generate } from 'mqtt-packet';
import { refused } from './support/connack.js';
import { policyKeys } from './support/administration.js';
import { createClientCertificate } from './support/client-certificate.js';
import { answerTo, eventsTopic, open, openWith } from './support/device-client.js';
import { hub } from './support/hub.js';
import { KafkaReader, kafka, type StoredMessage } from './support/kafka-reader.js';
import { MqttClient } from './support/mqtt-client.js';
import {
  connectFields,
  createDevice,
  createModule,
  createX509Device,
  withoutPassword,
  withToken,
  type TestIdentity,
} from './support/registry.js';
import { storedSoFar } from './support/stored-so-far.js';

let reader: KafkaReader;

beforeAll(async () => {
  reader = await KafkaReader.from();
});

afterAll(async () => {
  await reader.close();
});

let sent = 0;

/** Sends a message and resolves with what is stored of it. */
async function send(
  identity: TestIdentity,
  bag: string,
  client?: MqttClient,
): Promise<StoredMessage> {
  sent += 1;
  const body = Buffer.from(`{"t":${sent}}`);
  const connection = client ?? (await open(identity));
  await connection.publish(`${eventsTopic(identity)}${bag}`, body, sent);
  const find = (): StoredMessage | undefined =>
    reader.of(identity.deviceId).find(({ value }) => value.equals(body));
  await reader.waitUntil(() => find() !== undefined);
  if (client === undefined) {
    await connection.disconnect();
  }
  return find()!;
}

/** Application and system properties of a message, without what the hub adds to each. */
function propertiesOf({ headers }: StoredMessage): Record<string, string | null> {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !name.startsWith('iothub-')),
  );
}

describe('device-mqtt 32: the examples of property bags', () => {
  let device: TestIdentity;
  let client: MqttClient;
  beforeAll(async () => {
    device = await createDevice();
    client = await open(device);
  });
  afterAll(async () => {
    await client.disconnect();
  });

  test.each([
    ['', {}],
    [
      '%24.mid=m-1&%24.ct=application%2Fjson&%24.ce=utf-8&alert=high%20temp',
      {
        'message-id': 'm-1',
        'content-type': 'application/json',
        'content-encoding': 'utf-8',
        alert: 'high temp',
      },
    ],
    ['$.mid=m-1&a=1/', { 'message-id': 'm-1', a: '1' }],
    ['a=1%2B2&b&c=', { a: '1+2', b: null, c: '' }],
    ['%24.sub=thermostat1', { 'dt-subject': 'thermostat1' }],
    ['?a=1', { '?a': '1' }],
  ])('%s', async (bag, properties) => {
    const stored = await send(device, bag, client);
    expect(propertiesOf(stored)).toEqual(properties);
  });

  test('without the last slash', async () => {
    await client.publish(`devices/${device.deviceId}/messages/events`, 'bare', 999);
    const isBare = ({ value }: StoredMessage): boolean => value.toString() === 'bare';
    await reader.waitUntil(() => reader.of(device.deviceId).some(isBare));
    expect(propertiesOf(reader.of(device.deviceId).find(isBare)!)).toEqual({});
  });
});

test('device-mqtt 32: a module names its output', async () => {
  const device = await createDevice();
  const module = await createModule(device.deviceId);
  const stored = await send(module, '%24.on=out1/');
  expect(stored.headers).toMatchObject({
    'iothub-outputname': 'out1',
    'iothub-connection-device-id': device.deviceId,
    'iothub-connection-module-id': 'm1',
    'iothub-connection-auth-method':
      '{"scope":"module","type":"sas","issuer":"iothub","acceptingIpFilterRule":null}',
  });
  expect(stored.key).toBe(device.deviceId);
});

test('device-mqtt 33: $.mid and %24.mid are one key; a trailing slash is ignored; ? is part of a key', async () => {
  const device = await createDevice();
  const bags = ['$.mid=same', '%24.mid=same', '%24.mid=same/'];
  for (const bag of bags) {
    expect(propertiesOf(await send(device, bag))).toEqual({ 'message-id': 'same' });
  }
  expect(propertiesOf(await send(device, '?a=1'))).toEqual({ '?a': '1' });
});

describe('device-mqtt 34: malformed bags close the connection', () => {
  test.each(['a=1+2', 'a+b=1', 'a=#', 'a=1=2', 'a=1&', '&a=1', 'a=1&&b=2', '=1'])(
    '%s',
    async (bag) => {
      const device = await createDevice();
      const client = await open(device);
      client.sendBytes(rawPublish(`${eventsTopic(device)}${bag}`));
      await client.closed;
      expect(client.commands).toEqual(['connack']);
      expect(await storedSoFar(reader, device)).toEqual([]);
    },
  );
});

describe('device-mqtt 35: $.sub is dt-subject, and model-id is dt-dataschema', () => {
  test.each(['dtmi:a:b;1', encodeURIComponent('dtmi:a:b;1')])('%s', async (modelId) => {
    const device = await createDevice();
    const client = await open(device, {
      username: `${hub.host}/${device.deviceId}/?api-version=2021-04-12&model-id=${modelId}`,
    });
    const stored = await send(device, '%24.sub=part', client);
    expect(propertiesOf(stored)).toEqual({ 'dt-dataschema': 'dtmi:a:b;1', 'dt-subject': 'part' });
    await client.disconnect();
  });
});

test('device-mqtt 36: a device cannot speak for another, nor set what the hub sets', async () => {
  const device = await createDevice();
  const stored = await send(
    device,
    '%24.cdid=victim&%24.cmid=victim&iothub-connection-device-id=victim&iothub-message-source=x&a=1',
  );
  expect(stored.headers).toMatchObject({
    'iothub-connection-device-id': device.deviceId,
    'iothub-message-source': 'Telemetry',
    a: '1',
  });
  expect(stored.headers['iothub-connection-module-id']).toBeUndefined();
});

describe('device-mqtt 37: each message bears who sent it, how it proved itself, and when it was stored', () => {
  const issuedByHub = '"type":"sas","issuer":"iothub","acceptingIpFilterRule":null}';
  const external = '"type":"x509Certificate","issuer":"external","acceptingIpFilterRule":null}';

  test.each([
    ['a device by its key', `{"scope":"device",${issuedByHub}`, byKey],
    ['a module by its key', `{"scope":"module",${issuedByHub}`, byModuleKey],
    ["a device by a policy's key", `{"scope":"hub",${issuedByHub}`, byPolicy],
    ['a device by its certificate', `{"scope":"device",${external}`, byCertificate],
  ])('%s', async (_name, authMethod, connect) => {
    const { identity, client } = await connect();
    const before = Date.now();
    const stored = await send(identity, '', client);
    expect(stored.key).toBe(identity.deviceId);
    expect(stored.headers).toEqual({
      'iothub-connection-device-id': identity.deviceId,
      ...(identity.moduleId && { 'iothub-connection-module-id': identity.moduleId }),
      'iothub-connection-auth-generation-id': identity.generationId,
      'iothub-connection-auth-method': authMethod,
      'iothub-message-source': 'Telemetry',
    });
    expect(identity.generationId).toMatch(/^\d{18}$/);
    expect(stored.timestampMs).toBeGreaterThanOrEqual(before - 1);
    expect(stored.timestampMs).toBeLessThanOrEqual(Date.now() + 1);
    await client.disconnect();
  });

  interface Sender {
    readonly identity: TestIdentity;
    readonly client: MqttClient;
  }

  async function byKey(): Promise<Sender> {
    const identity = await createDevice();
    return { identity, client: await open(identity) };
  }

  async function byModuleKey(): Promise<Sender> {
    const { deviceId } = await createDevice();
    const identity = await createModule(deviceId);
    return { identity, client: await open(identity) };
  }

  async function byPolicy(): Promise<Sender> {
    const identity = await createDevice();
    const key = (await policyKeys()).get('device')!;
    const expiresAt = new Date(Date.now() + 600_000);
    const token = createSasToken({ audience: hub.host, key, policy: 'device', expiresAt });
    return { identity, client: await openWith(withToken(identity, token)) };
  }

  async function byCertificate(): Promise<Sender> {
    const { tls, sha256 } = createClientCertificate();
    const identity = await createX509Device({ primaryThumbprint: sha256 });
    return { identity, client: await openWith(withoutPassword(identity), { tls }) };
  }

  test('the time of a record is that of its storing', async () => {
    const admin = kafka.admin();
    await admin.connect();
    const described = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [
        {
          type: kafkajs.ConfigResourceTypes.TOPIC,
          name: hub.eventsTopic,
          configNames: ['message.timestamp.type'],
        },
      ],
    });
    await admin.disconnect();
    expect(described.resources[0]?.configEntries[0]?.configValue).toBe('LogAppendTime');
  });
});

describe('device-mqtt 38: a will', () => {
  const willOf = (device: TestIdentity, fields: object = {}) => ({
    will: {
      topic: `${eventsTopic(device)}why=lost&%24.ct=text%2Fplain`,
      payload: Buffer.from('last words'),
      qos: 1 as const,
      retain: false,
      ...fields,
    },
  });
  const marked = {
    why: 'lost',
    'content-type': 'text/plain',
  };

  test.each([
    ['the socket is lost', (client: MqttClient) => client.socket.destroy()],
    ['the client hangs up without DISCONNECT', (client: MqttClient) => client.socket.end()],
    [
      'the client breaks the protocol',
      (client: MqttClient) => {
        client.sendBytes(secondConnack);
      },
    ],
  ])('is sent once when %s, behind what was sent before', async (_name, end) => {
    const device = await createDevice();
    const client = await open(device, willOf(device));
    await client.publish(eventsTopic(device), 'first', 1);
    end(client);
    await client.closed;
    await reader.waitFor(device.deviceId, 2);
    const stored = await storedSoFar(reader, device);
    expect(stored.map(({ value }) => value.toString())).toEqual(['first', 'last words']);
    expect(propertiesOf(stored[1]!)).toEqual(marked);
    expect(stored[1]!.headers['iothub-MessageType']).toBe('Will');
    expect(stored[0]!.headers).not.toHaveProperty('iothub-MessageType');
  });

  test('of QoS 2 with RETAIN is sent, and RETAIN told', async () => {
    const device = await createDevice();
    const client = await open(device, willOf(device, { qos: 2, retain: true }));
    client.destroy();
    const [stored] = await reader.waitFor(device.deviceId, 1);
    expect(propertiesOf(stored!)).toEqual({ ...marked, 'mqtt-retain': 'true' });
  });

  test("of a module is the module's", async () => {
    const { deviceId } = await createDevice();
    const module = await createModule(deviceId);
    const client = await open(module, willOf(module));
    client.destroy();
    const [stored] = await reader.waitFor(deviceId, 1);
    expect(stored?.headers).toMatchObject({
      'iothub-MessageType': 'Will',
      'iothub-connection-module-id': 'm1',
    });
  });

  test('is not sent after DISCONNECT', async () => {
    const device = await createDevice();
    const client = await open(device, willOf(device));
    await client.publish(eventsTopic(device), 'first', 1);
    await client.disconnect();
    expect(await storedSoFar(reader, device)).toHaveLength(1);
  });

  test('of a refused CONNECT is not sent', async () => {
    const device = await createDevice();
    const wrong = { ...device, primaryKey: Buffer.alloc(32, 3).toString('base64') };
    expect(await answerTo({ ...connectFields(wrong), ...willOf(device) })).toBe(refused);
    expect(await storedSoFar(reader, device)).toEqual([]);
  });

  test('for a topic that is not its own is dropped, and CONNECT is accepted', async () => {
    const [device, victim] = [await createDevice(), await createDevice()];
    const client = await open(device, willOf(device, { topic: eventsTopic(victim) }));
    client.destroy();
    await client.closed;
    expect(await storedSoFar(reader, device)).toEqual([]);
    expect(await storedSoFar(reader, victim)).toEqual([]);
  });
});

/** No client may send one. */
const secondConnack = Buffer.from([0x20, 2, 0, 0]);

describe('device-mqtt 39: a PUBLISH of QoS 0 followed at once by DISCONNECT is stored', () => {
  const disconnect = Buffer.from([0xe0, 0]);

  test('on a connection', async () => {
    const device = await createDevice();
    const client = await open(device);
    client.sendBytes(Buffer.concat([rawPublish(`${eventsTopic(device)}a=1`), disconnect]));
    await client.closed;
    const [stored] = await reader.waitFor(device.deviceId, 1);
    expect(stored?.value.toString()).toBe('bye');
  });

  test('in one piece with CONNECT', async () => {
    const device = await createDevice();
    const client = await MqttClient.open();
    const fixed = { protocolId: 'MQTT', protocolVersion: 4, clean: true, keepalive: 60 } as const;
    const connect = generate({ cmd: 'connect', ...fixed, ...connectFields(device) });
    const publishes = [1, 2, 3].map((number) => rawPublish(`${eventsTopic(device)}n=${number}`));
    client.sendBytes(Buffer.concat([connect, ...publishes, disconnect]));
    await client.closed;
    const stored = await reader.waitFor(device.deviceId, 3);
    expect(stored.map(({ headers }) => headers['n'])).toEqual(['1', '2', '3']);
  });
});

/** QoS 0, topics included that a client library would refuse to send. */
function rawPublish(topic: string): Buffer {
  const payload = Buffer.from('bye');
  const topicBytes = Buffer.from(topic);
  const length = 2 + topicBytes.length + payload.length;
  const remaining = length < 128 ? [length] : [(length & 0x7f) | 0x80, length >> 7];
  return Buffer.concat([
    Buffer.from([0x30, ...remaining, topicBytes.length >> 8, topicBytes.length & 0xff]),
    topicBytes,
    payload,
  ]);
}
