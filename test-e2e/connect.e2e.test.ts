/** device-mqtt.md, conformance lines on transport and CONNECT, at the hub's real address and port. */
import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { hub } from './support/hub.js';
import { KafkaReader } from './support/kafka-reader.js';
import { MqttClient } from './support/mqtt-client.js';
import { connectWith, eventsTopic, open } from './support/device-client.js';
import {
  connectFields,
  createDevice,
  createModule,
  tokenOf,
  type TestIdentity,
} from './support/registry.js';

let device: TestIdentity;
let reader: KafkaReader;

beforeAll(async () => {
  device = await createDevice();
  reader = await KafkaReader.from();
});

afterAll(async () => {
  await reader.close();
});

test('device-mqtt 1: a TLS 1.2 client connects; plain bytes get no MQTT answer', async () => {
  const client = await MqttClient.open({ tls: { maxVersion: 'TLSv1.2' } });
  expect(client.socket.getProtocol()).toBe('TLSv1.2');
  expect(await client.connect(connectFields(device))).toBe(0);
  await client.disconnect();

  const plain = connectTcp(8883, hub.host);
  plain.on('error', () => undefined);
  const answers: Buffer[] = [];
  plain.on('data', (bytes) => answers.push(bytes));
  plain.write(Buffer.from('101600044d515454040200000000000a', 'hex'));
  await once(plain, 'close');
  expect(Buffer.concat(answers).includes(Buffer.from([0x20, 0x02]))).toBe(false);
});

describe('device-mqtt 6: usernames', () => {
  test.each([
    ['{host}/{d}/?api-version=2021-04-12', '{d}', 0],
    ['{host}/{d}/api-version=2016-11-14', '{d}', 0],
    ['{host}/{d}', '{d}', 0],
    ['{HOST}:8883/{d}/?api-version=x&model-id=dtmi:a:b;1&DeviceClientType=y', '{d}', 0],
    ['{host}/{d}/?api-version=2021-04-12', '{D}', 5],
    ['{host}/{d}/m1/?api-version=2021-04-12', '{d}', 5],
    ['other.example.net/{d}/?api-version=2021-04-12', '{d}', 5],
    ['', '{d}', 5],
    ['{host}/{d}/?api-version=2021-04-12', '', 5],
  ])('%s with ClientId %s: CONNACK %i', async (username, clientId, code) => {
    const fill = (text: string): string =>
      text
        .replace('{host}', hub.host)
        .replace('{HOST}', hub.host.toUpperCase())
        .replace('{d}', device.deviceId)
        .replace('{D}', device.deviceId.toUpperCase());
    expect(
      await connectWith({
        clientId: fill(clientId),
        username: fill(username),
        password: Buffer.from(tokenOf(device)),
      }),
    ).toBe(code);
  });

  test('an id may hold a question mark', async () => {
    const odd = await createDevice(`d?${device.deviceId.slice(2)}`);
    expect(await connectWith(connectFields(odd))).toBe(0);
  });
});

test('device-mqtt 10: a first packet that is not CONNECT, and a second CONNECT, close without reply', async () => {
  const first = await MqttClient.open();
  first.send({ cmd: 'pingreq' });
  await first.closed;
  expect(first.received).toEqual([]);

  const second = await open(device);
  const answers = second.received.length;
  second.send({
    cmd: 'connect',
    protocolId: 'MQTT',
    protocolVersion: 4,
    clean: true,
    keepalive: 60,
    ...connectFields(device),
  });
  await second.closed;
  expect(second.received).toHaveLength(answers);
});

test('device-mqtt 11: silence is closed upon after 1.5 × KeepAlive; PINGREQ keeps it open', async () => {
  const [silentDevice, pingingDevice] = [await createDevice(), await createDevice()];
  const silent = await open(silentDevice, { keepalive: 10 });
  const pinging = await open(pingingDevice, { keepalive: 10 });
  const began = Date.now();
  const pings = setInterval(() => {
    pinging.send({ cmd: 'pingreq' });
  }, 9_000);
  await silent.closed;
  const silentMs = Date.now() - began;
  await delay(4_000);
  clearInterval(pings);

  expect(silentMs).toBeGreaterThanOrEqual(15_000);
  expect(silentMs).toBeLessThan(17_500);
  expect(pinging.isClosed).toBe(false);
  expect(pinging.received.filter(({ cmd }) => cmd === 'pingresp')).toHaveLength(2);
  await pinging.disconnect();
});

test('device-mqtt 12: KeepAlive 1740 and 0 are accepted', async () => {
  for (const keepalive of [1740, 0]) {
    const client = await open(device, { keepalive });
    await client.disconnect();
  }
});

test("device-mqtt 13: a second connection ends the first, and the first's will is delivered", async () => {
  const taken = await createDevice();
  const first = await open(taken, {
    will: { topic: eventsTopic(taken), payload: Buffer.from('gone'), qos: 1, retain: false },
  });
  const second = await open(taken);
  await first.closed;
  await second.publish(eventsTopic(taken), 'here', 1);

  const stored = await reader.waitFor(taken.deviceId, 2);
  expect(stored.map(({ value }) => value.toString()).sort()).toEqual(['gone', 'here']);
  expect(stored.find(({ value }) => value.toString() === 'gone')?.headers).toMatchObject({
    'iothub-MessageType': 'Will',
  });
  await second.disconnect();
});

test('device-mqtt 14: a second CONNECT that fails leaves the first connection untouched', async () => {
  const held = await createDevice();
  const first = await open(held);
  const wrong = { ...held, primaryKey: Buffer.alloc(32, 9).toString('base64') };
  expect(await connectWith(connectFields(wrong))).toBe(5);

  await first.publish(eventsTopic(held), 'still here', 1);
  expect(first.isClosed).toBe(false);
  await first.disconnect();
});

test('device-mqtt 15: a device and its module are connected at once; a newer module ends the older', async () => {
  const both = await createDevice();
  const module = await createModule(both.deviceId);
  const deviceClient = await open(both);
  const olderModule = await open(module);
  const newerModule = await open(module);
  await olderModule.closed;

  await deviceClient.publish(eventsTopic(both), 'device', 1);
  await newerModule.publish(eventsTopic(module), 'module', 1);
  const stored = await reader.waitFor(both.deviceId, 2);
  expect(stored.map(({ headers }) => headers['iothub-connection-module-id'])).toEqual([
    undefined,
    'm1',
  ]);
  await Promise.all([deviceClient.disconnect(), newerModule.disconnect()]);
});
