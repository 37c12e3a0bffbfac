/** device-mqtt.md, conformance lines on the rules of PUBLISH, SUBSCRIBE and UNSUBSCRIBE. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { generate } from 'mqtt-packet';
import { eventsTopic, open } from './support/device-client.js';
import { KafkaReader } from './support/kafka-reader.js';
import type { MqttClient } from './support/mqtt-client.js';
import { createDevice, createModule, type TestIdentity } from './support/registry.js';
import { storedSoFar } from './support/stored-so-far.js';

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
  expect(client.commands).toEqual(['connack', 'suback']);
  expect(await storedSoFar(reader, device)).toEqual([]);
});

describe('device-mqtt 25: topics that are not its own close the connection', () => {
  let other: TestIdentity;
  let module: TestIdentity;
  beforeAll(async () => {
    other = await createDevice();
    module = await createModule(other.deviceId);
  });

  test.each([
    ["another device's telemetry", () => eventsTopic(other)],
    ['an unknown topic of its own', (id: string) => `devices/${id}/messages/foo`],
    ['one that only begins as telemetry does', (id: string) => `devices/${id}/messages/eventsfoo`],
    ['its commands', (id: string) => `devices/${id}/messages/devicebound/`],
    ['letters of another case', (id: string) => `Devices/${id}/messages/events/`],
    ["its module's telemetry", (id: string) => `devices/${id}/modules/m1/messages/events/`],
    ['an unknown service topic', () => '$iothub/foo/?$rid=1'],
    ['a twin request without $rid', () => '$iothub/twin/GET/'],
    ['no topic at all', () => ''],
  ])('%s', async (_name, topicOf) => {
    for (const qos of [0, 1]) {
      await connect();
      await createModule(device.deviceId);
      publish(topicOf(device.deviceId), { qos });
      await client.closed;
      expect(client.commands).toEqual(['connack']);
      expect(await storedSoFar(reader, device)).toEqual([]);
    }
  });

  test("from a module, its device's telemetry", async () => {
    client = await open(module);
    publish(eventsTopic(other));
    await client.closed;
    expect(client.commands).toEqual(['connack']);
  });

  afterAll(async () => {
    expect(await storedSoFar(reader, other)).toEqual([]);
  });
});

describe('device-mqtt 26: filters that are not allowed close the connection, without 0x80', () => {
  test.each([
    ['everything', () => '#'],
    ["another device's commands", () => 'devices/somebody-else/messages/devicebound/#'],
    ['telemetry', (id: string) => `devices/${id}/messages/events/#`],
    ['all devices, twice wild', () => 'devices/+/messages/+/#'],
    ["its module's inputs", (id: string) => `devices/${id}/modules/m1/inputs/#`],
    ['half of the twin', () => '$iothub/twin/#'],
    ['streams, which are retired', () => '$iothub/streams/POST/#'],
  ])('%s', async (_name, filterOf) => {
    await connect();
    const topic = filterOf(device.deviceId);
    client.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic, qos: 0 }] });
    await client.closed;
    expect(client.commands).toEqual(['connack']);
  });

  test('one among others that are allowed', async () => {
    await connect();
    const topics = ['$iothub/twin/res/#', '$iothub/foo/#', '$iothub/methods/POST/#'];
    const subscriptions = topics.map((topic) => ({ topic, qos: 0 as const }));
    client.send({ cmd: 'subscribe', messageId: 1, subscriptions });
    await client.closed;
    expect(client.commands).toEqual(['connack']);
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

    // One that is there already counts once.
    client.send({ cmd: 'subscribe', messageId: 2, subscriptions: subscriptions.slice(3) });
    await client.expect('suback', ({ messageId }) => messageId === 2);
    client.send({
      cmd: 'subscribe',
      messageId: 3,
      subscriptions: [{ topic: '$iothub/twin/PATCH/properties/desired/#', qos: 0 }],
    });
    await client.closed;
    expect(client.commands).toEqual(['connack', 'suback', 'suback']);
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
  again.send({
    cmd: 'subscribe',
    messageId: 1,
    subscriptions: [{ topic: `devices/${device.deviceId}/messages/devicebound/#`, qos: 1 }],
  });
  await again.publish(`${eventsTopic(device)}a=1`, 'y', 1);
  await again.expect('suback');
  expect(again.commands.sort()).toEqual(['connack', 'puback', 'suback']);
  await again.disconnect();
  const [, other] = await reader.waitFor(device.deviceId, 2);
  expect(other?.headers).not.toHaveProperty('mqtt-retain');
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
  // Of an application property the name and the value count, of a system property its value alone.
  test.each([
    ['body alone', '', 262_144],
    ['with an application property', 'a=bcd', 262_140],
    ['with a system property', '%24.mid=bcd', 262_141],
    ['with encoded text', 'a=%C3%A9', 262_141],
  ])('%s', async (_name, bag, bodyBytes) => {
    await connect();
    const topic = `${eventsTopic(device)}${bag}`;
    await client.publish(topic, Buffer.alloc(bodyBytes, 'x'), 1);
    const [stored] = await reader.waitFor(device.deviceId, 1);
    expect(stored?.value.length).toBe(bodyBytes);

    publish(topic, { payload: Buffer.alloc(bodyBytes + 1, 'x'), messageId: 2 });
    await client.closed;
    expect(client.commands).toEqual(['connack', 'puback']);
    expect(await storedSoFar(reader, device)).toHaveLength(1);
  });
});

test('device-mqtt 31: UNSUBSCRIBE of an unknown filter gets UNSUBACK', async () => {
  await connect();
  client.send({ cmd: 'unsubscribe', messageId: 0x0506, unsubscriptions: ['whatever/#', '#'] });
  await client.expect('unsuback');
  expect(client.hex).toBe('20020000b0020506');
  await client.disconnect();
});
