/** device-mqtt.md, conformance lines on the rules of PUBLISH, SUBSCRIBE and UNSUBSCRIBE. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { generate } from 'mqtt-packet';
import { eventsTopic, open } from './support/device-client.js';
import { KafkaReader } from './support/kafka-reader.js';
import type { MqttClient } from './support/mqtt-client.js';
import { createDevice, createModule, type TestIdentity } from './support/registry.js';

let device: TestIdentity;
let client: MqttClient;
let reader: KafkaReader;

beforeAll(async () => {
  reader = await KafkaReader.from();
});

afterAll(async () => {
  await reader.close();
});

/** A device and a connection of its own for each test: most of them end it. */
async function connect(): Promise<void> {
  device = await createDevice();
  client = await open(device);
}

function publish(topic: string, fields: object = {}): void {
  client.send({
    cmd: 'publish',
    topic,
    payload: 'x',
    qos: 1,
    messageId: 1,
    dup: false,
    retain: false,
    ...fields,
  });
}

test('device-mqtt 24: PUBLISH with QoS 2 closes without PUBREC; SUBSCRIBE with QoS 2 is granted 1', async () => {
  await connect();
  client.send({
    cmd: 'subscribe',
    messageId: 1,
    subscriptions: [{ topic: '$iothub/methods/POST/#', qos: 2 }],
  });
  expect((await client.expect('suback')).granted).toEqual([1]);

  publish(eventsTopic(device), { qos: 2 });
  await client.closed;
  expect(client.received.map(({ cmd }) => cmd)).toEqual(['connack', 'suback']);
});

describe('device-mqtt 25: topics that are not the own ones close the connection', () => {
  test.each([
    ["another device's telemetry", () => 'devices/somebody-else/messages/events/'],
    ['an unknown topic of its own', (id: string) => `devices/${id}/messages/foo`],
    ['another spelling', (id: string) => `Devices/${id}/messages/events/`],
    ["its module's telemetry", (id: string) => `devices/${id}/modules/m1/messages/events/`],
    ['an unknown service topic', () => '$iothub/foo/?$rid=1'],
    ['no topic at all', () => ''],
  ])('%s', async (_name, topicOf) => {
    await connect();
    await createModule(device.deviceId);
    publish(topicOf(device.deviceId));
    await client.closed;

    expect(client.received.map(({ cmd }) => cmd)).toEqual(['connack']);
    expect(reader.of(device.deviceId)).toEqual([]);
  });
});

describe('device-mqtt 26: filters that are not allowed close the connection, without 0x80', () => {
  test.each([
    ['everything', () => '#'],
    ["another device's commands", () => 'devices/somebody-else/messages/devicebound/#'],
    ['telemetry', (id: string) => `devices/${id}/messages/events/#`],
    ['all devices, twice wild', () => 'devices/+/messages/+/#'],
  ])('%s', async (_name, filterOf) => {
    await connect();
    const topic = filterOf(device.deviceId);
    client.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic, qos: 0 }] });
    await client.closed;
    expect(client.received.map(({ cmd }) => cmd)).toEqual(['connack']);
  });

  test('a sixth subscription', async () => {
    await connect();
    const { deviceId } = device;
    const allowed = [
      `devices/${deviceId}/messages/devicebound/#`,
      `devices/${deviceId}/messages/devicebound`,
      'devices/+/messages/devicebound/#',
      '$iothub/twin/res/#',
      '$iothub/methods/POST/#',
    ];
    const subscriptions = allowed.map((topic) => ({ topic, qos: 0 as const }));
    client.send({ cmd: 'subscribe', messageId: 1, subscriptions });
    expect((await client.expect('suback')).granted).toEqual([0, 0, 0, 0, 0]);

    client.send({
      cmd: 'subscribe',
      messageId: 2,
      subscriptions: [{ topic: '$iothub/twin/PATCH/properties/desired/#', qos: 0 }],
    });
    await client.closed;
  });
});

test('device-mqtt 27: four filters in one SUBSCRIBE get four codes in order', async () => {
  await connect();
  client.send({
    cmd: 'subscribe',
    messageId: 9,
    subscriptions: [
      { topic: `devices/${device.deviceId}/messages/devicebound/#`, qos: 1 },
      { topic: '$iothub/twin/res/#', qos: 0 },
      { topic: '$iothub/methods/POST/#', qos: 2 },
      { topic: '$iothub/twin/PATCH/properties/desired/#', qos: 0 },
    ],
  });
  const suback = await client.expect('suback');
  expect(suback.messageId).toBe(9);
  expect(suback.granted).toEqual([1, 0, 1, 0]);
  await client.disconnect();
});

test('device-mqtt 28: RETAIN arrives as mqtt-retain, and nothing is retained', async () => {
  await connect();
  publish(eventsTopic(device), { retain: true });
  await client.expect('puback');
  const [stored] = await reader.waitFor(device.deviceId, 1);
  expect(stored?.headers['mqtt-retain']).toBe('true');
  await client.disconnect();

  const again = await open(device);
  await again.publish(eventsTopic(device), 'y', 1);
  expect(again.received.map(({ cmd }) => cmd)).toEqual(['connack', 'puback']);
  await again.disconnect();
});

test('device-mqtt 29: PUBACKs come in the order of 1000 pipelined PUBLISHes', async () => {
  await connect();
  const ids = Array.from({ length: 1_000 }, (_, index) => ((index * 37) % 65_535) + 1);
  const bytes = ids.map((messageId) =>
    generate({
      cmd: 'publish',
      topic: eventsTopic(device),
      payload: String(messageId),
      qos: 1,
      messageId,
      dup: false,
      retain: false,
    }),
  );
  client.sendBytes(Buffer.concat(bytes));
  const stored = await reader.waitFor(device.deviceId, 1_000);
  await client.expect('puback', ({ messageId }) => messageId === ids.at(-1));

  const acknowledged = client.received.flatMap((packet) =>
    packet.cmd === 'puback' ? [packet.messageId] : [],
  );
  expect(acknowledged).toEqual(ids);
  expect(stored.map(({ value }) => Number(value))).toEqual(ids);
  await client.disconnect();
});

describe('device-mqtt 30: 262144 counted bytes are stored, one more is not', () => {
  // 4 bytes of body are given away to the property a=bcd: its name and its value count.
  test.each([
    ['body alone', '', 262_144],
    ['body and properties', 'a=bcd', 262_140],
  ])('%s', async (_name, bag, bodyBytes) => {
    await connect();
    const topic = `${eventsTopic(device)}${bag}`;
    await client.publish(topic, Buffer.alloc(bodyBytes, 'x'), 1);
    const [stored] = await reader.waitFor(device.deviceId, 1);
    expect(stored?.value.length).toBe(bodyBytes);

    publish(topic, { payload: Buffer.alloc(bodyBytes + 1, 'x'), messageId: 2 });
    await client.closed;
    expect(client.received.filter(({ cmd }) => cmd === 'puback')).toHaveLength(1);
    expect(reader.of(device.deviceId)).toHaveLength(1);
  });
});

test('device-mqtt 31: UNSUBSCRIBE of an unknown filter gets UNSUBACK', async () => {
  await connect();
  client.send({ cmd: 'unsubscribe', messageId: 5, unsubscriptions: ['whatever/#'] });
  expect((await client.expect('unsuback')).messageId).toBe(5);
  await client.disconnect();
});
