/** device-mqtt.md, conformance lines on telemetry: what a message becomes in Kafka. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import kafkajs from 'kafkajs';
import { eventsTopic, open } from './support/device-client.js';
import { hub } from './support/hub.js';
import { KafkaReader, kafka, type StoredMessage } from './support/kafka-reader.js';
import type { MqttClient } from './support/mqtt-client.js';
import { createDevice, createModule, type TestIdentity } from './support/registry.js';

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
    await reader.waitUntil(() =>
      reader.of(device.deviceId).some((m) => m.value.equals(Buffer.from('bare'))),
    );
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

test('device-mqtt 34: a plus in a topic closes the connection', async () => {
  const device = await createDevice();
  const client = await open(device);
  client.sendBytes(rawPublish(`${eventsTopic(device)}a=1+2`));
  await client.closed;
  expect(reader.of(device.deviceId)).toEqual([]);
});

test('device-mqtt 35: $.sub is dt-subject, and the model id is dt-dataschema, raw or encoded', async () => {
  for (const modelId of ['dtmi:a:b;1', encodeURIComponent('dtmi:a:b;1')]) {
    const device = await createDevice();
    const client = await open(device, {
      username: `${hub.host}/${device.deviceId}/?api-version=2021-04-12&model-id=${modelId}`,
    });
    const stored = await send(device, '%24.sub=part', client);
    expect(propertiesOf(stored)).toEqual({ 'dt-dataschema': 'dtmi:a:b;1', 'dt-subject': 'part' });
    await client.disconnect();
  }
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

test('device-mqtt 37: each message bears who sent it, how it proved itself, and when it was stored', async () => {
  const device = await createDevice();
  const before = Date.now();
  const stored = await send(device, '');
  expect(stored.headers).toEqual({
    'iothub-connection-device-id': device.deviceId,
    'iothub-connection-auth-generation-id': device.generationId,
    'iothub-connection-auth-method':
      '{"scope":"device","type":"sas","issuer":"iothub","acceptingIpFilterRule":null}',
    'iothub-message-source': 'Telemetry',
  });
  expect(device.generationId).toMatch(/^\d{18}$/);
  expect(stored.timestampMs).toBeGreaterThanOrEqual(before - 1);
  expect(stored.timestampMs).toBeLessThanOrEqual(Date.now() + 1);

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

describe('device-mqtt 38: a will', () => {
  const will = (device: TestIdentity) => ({
    will: {
      topic: `${eventsTopic(device)}why=lost`,
      payload: Buffer.from('last words'),
      qos: 1 as const,
      retain: false,
    },
  });

  test('is sent once when the socket is lost, behind what was sent before', async () => {
    const device = await createDevice();
    const client = await open(device, will(device));
    await client.publish(eventsTopic(device), 'first', 1);
    client.destroy();
    const stored = await reader.waitFor(device.deviceId, 2);
    expect(stored.map(({ value }) => value.toString())).toEqual(['first', 'last words']);
    expect(propertiesOf(stored[1]!)).toEqual({ why: 'lost' });
    expect(stored[1]!.headers['iothub-MessageType']).toBe('Will');
  });

  test('is not sent after DISCONNECT', async () => {
    const device = await createDevice();
    const client = await open(device, will(device));
    await client.publish(eventsTopic(device), 'first', 1);
    await client.disconnect();
    await send(device, '');
    expect(reader.of(device.deviceId)).toHaveLength(2);
  });

  test('for a topic that is not the own one is dropped, and CONNECT is accepted', async () => {
    const device = await createDevice();
    const client = await open(device, {
      will: {
        topic: 'devices/victim/messages/events/',
        payload: Buffer.from('x'),
        qos: 0,
        retain: false,
      },
    });
    client.destroy();
    await send(device, '');
    expect(reader.of('victim')).toEqual([]);
    expect(reader.of(device.deviceId)).toHaveLength(1);
  });
});

test('device-mqtt 39: a PUBLISH of QoS 0 followed at once by DISCONNECT is stored', async () => {
  const device = await createDevice();
  const client = await open(device);
  client.sendBytes(
    Buffer.concat([rawPublish(`${eventsTopic(device)}a=1`), Buffer.from([0xe0, 0])]),
  );
  await client.closed;
  const [stored] = await reader.waitFor(device.deviceId, 1);
  expect(stored?.value.toString()).toBe('bye');
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
