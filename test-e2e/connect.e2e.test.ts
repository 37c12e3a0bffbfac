/** device-mqtt.md, conformance lines on transport and CONNECT, at the hub's real address and port. */
import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { generate, type Packet } from 'mqtt-packet';
import { accepted, refused } from './support/connack.js';
import { createHub, type ServiceAccess } from './support/administration.js';
import { answerTo, eventsTopic, open } from './support/device-client.js';
import { hub } from './support/hub.js';
import { KafkaReader } from './support/kafka-reader.js';
import { MqttClient } from './support/mqtt-client.js';
import {
  connectFields,
  createDevice,
  createModule,
  tokenOf,
  type TestIdentity,
} from './support/registry.js';
import { storedSoFar } from './support/stored-so-far.js';

let device: TestIdentity;
let reader: KafkaReader;

beforeAll(async () => {
  device = await createDevice();
  reader = await KafkaReader.from();
});

afterAll(async () => {
  await reader.close();
});

function connectPacket(identity: TestIdentity): Packet {
  const fixed = { protocolId: 'MQTT', protocolVersion: 4, clean: true, keepalive: 60 } as const;
  return { cmd: 'connect', ...fixed, ...connectFields(identity) };
}

test('device-mqtt 1: a TLS 1.2 client connects; plain bytes get no MQTT answer', async () => {
  const client = await MqttClient.open({
    tls: { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' },
  });
  expect(client.socket.getProtocol()).toBe('TLSv1.2');
  expect(await client.connect(connectFields(device))).toBe(0);
  await client.disconnect();

  const plain = connectTcp(8883, hub.host);
  plain.on('error', () => undefined);
  const answers: Buffer[] = [];
  plain.on('data', (bytes) => answers.push(bytes));
  plain.write(generate(connectPacket(device)));
  await once(plain, 'close');
  // At most an alert of TLS.
  expect(['', '15']).toContain(Buffer.concat(answers).subarray(0, 1).toString('hex'));
});

describe('device-mqtt 6: the username vectors', () => {
  const host = 'h.example.net';
  let identities: Readonly<Record<string, TestIdentity>>;

  beforeAll(async () => {
    const access = await createHub('vectors', host);
    const create = (id: string, at: ServiceAccess): Promise<TestIdentity> =>
      createDevice(id, {}, at);
    identities = {
      d1: await create('d1', access),
      D1: await create('D1', access),
      'd?1': await create('d?1', access),
      'd%1': await create('d%1', access),
      'd1/m1': await createModule('d1', 'm1', {}, access),
    };
  });

  /** With a token that is good for the identity of the ClientId, so that nothing else is wrong. */
  function passwordOf(clientId: string): Buffer {
    return Buffer.from(tokenOf(identities[clientId] ?? device, undefined, host));
  }

  test.each([
    ['h.example.net/d1/?api-version=2021-04-12', 'd1'],
    ['h.example.net/d1/m1/?api-version=2021-04-12&DeviceClientType=x', 'd1/m1'],
    ['h.example.net/d1/api-version=2016-11-14', 'd1'],
    ['h.example.net/d1', 'd1'],
    ['H.Example.NET/d1/?api-version=x&model-id=dtmi:a:b;1&DeviceClientType=y', 'd1'],
    ['h.example.net/d?1/?api-version=2021-04-12', 'd?1'],
    // Section 2.3, rules 2, 4 and 5.
    ['h.example.net/d1?api-version=2021-04-12', 'd1'],
    ['h.example.net:8883/d1/?api-version=2021-04-12', 'd1'],
    ['h.example.net/d%251/?api-version=2021-04-12', 'd%1'],
  ])('%s with ClientId %s is that identity', async (username, clientId) => {
    const client = await MqttClient.open();
    await client.connect({ clientId, username, password: passwordOf(clientId) });
    expect(client.hex).toBe(accepted);
    // Only its own topic is open to it.
    await client.publish(eventsTopic(identities[clientId]!), 'x', 1);
    await client.disconnect();
  });

  test.each([
    ['h.example.net/d1/?api-version=2021-04-12', 'D1'],
    ['h.example.net/d1/m1/?api-version=2021-04-12', 'd1'],
    ['other.example.net/d1/?api-version=2021-04-12', 'd1'],
    ['', 'd1'],
    ['h.example.net/d1/?api-version=2021-04-12', 'd1/m1'],
    ['h.example.net/d1/?api-version=2021-04-12', ''],
    ['d1', 'd1'],
  ])('%j with ClientId %j is refused', async (username, clientId) => {
    expect(await answerTo({ clientId, username, password: passwordOf(clientId) })).toBe(refused);
  });

  test('no username is refused', async () => {
    expect(await answerTo({ clientId: 'd1' })).toBe(refused);
  });
});

describe('device-mqtt 10: closed without reply', () => {
  test.each([
    ['PINGREQ', { cmd: 'pingreq' }],
    ['SUBSCRIBE', { cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: 'a', qos: 0 }] }],
    [
      'PUBLISH',
      { cmd: 'publish', topic: 'a', payload: '', qos: 1, messageId: 1, dup: false, retain: false },
    ],
  ] as [string, Packet][])('a first packet that is %s', async (_name, packet) => {
    const client = await MqttClient.open();
    client.send(packet);
    client.send(connectPacket(device));
    await client.closed;
    expect(client.hex).toBe('');
  });

  test('a second CONNECT', async () => {
    const client = await open(device);
    client.send(connectPacket(device));
    await client.closed;
    expect(client.hex).toBe(accepted);
  });

  test('a second CONNECT that comes with the first', async () => {
    const client = await MqttClient.open();
    const connect = generate(connectPacket(device));
    client.sendBytes(Buffer.concat([connect, connect]));
    await client.closed;
    expect(client.hex).toBe(accepted);
  });
});

test('device-mqtt 11: silence is closed upon after 1.5 × KeepAlive; PINGREQ keeps it open', async () => {
  const [silentDevice, pingingDevice] = [await createDevice(), await createDevice()];
  // Silence begins with the last byte of CONNECT, which is behind this.
  const began = performance.now();
  const silent = await open(silentDevice, { keepalive: 10 });
  const pinging = await open(pingingDevice, { keepalive: 10 });
  const pings = setInterval(() => {
    pinging.send({ cmd: 'pingreq' });
  }, 9_000);
  await silent.closed;
  const silentMs = performance.now() - began;
  // The second PINGREQ comes later than silence would have been closed upon.
  await pinging.receive(3);
  clearInterval(pings);

  expect(silentMs).toBeGreaterThanOrEqual(15_000);
  expect(silentMs).toBeLessThan(18_000);
  expect(silent.hex).toBe(accepted);
  expect(pinging.hex).toBe(`${accepted}d000d000`);
  await pinging.disconnect();
});

test.each([1_740, 65_535, 0])('device-mqtt 12: KeepAlive %i is accepted', async (keepalive) => {
  const client = await open(device, { keepalive });
  expect(client.hex).toBe(accepted);
  await client.disconnect();
});

describe('device-mqtt 13: a second connection ends the first, whose will is delivered', () => {
  test.each([
    ['on the same gateway', 'gateway-1', 'gateway-1'],
    ['on another gateway', 'gateway-1', 'gateway-2'],
  ] as const)('%s', async (_name, firstGateway, secondGateway) => {
    const taken = await createDevice();
    const will = { topic: eventsTopic(taken), payload: Buffer.from('gone') };
    const first = await open(
      taken,
      { will: { ...will, qos: 1, retain: false } },
      { gateway: firstGateway },
    );
    await first.publish(eventsTopic(taken), 'before', 1);
    const second = await open(taken, {}, { gateway: secondGateway });
    await first.closed;
    await second.publish(eventsTopic(taken), 'here', 1);

    const stored = await reader.waitFor(taken.deviceId, 3);
    expect(stored.map(({ value }) => value.toString())).toEqual(['before', 'gone', 'here']);
    expect(stored[1]?.headers['iothub-MessageType']).toBe('Will');
    expect(first.commands).toEqual(['connack', 'puback']);
    await second.disconnect();
  });
});

describe('device-mqtt 14: a second CONNECT that fails leaves the first connection untouched', () => {
  const otherKey = Buffer.alloc(32, 9).toString('base64');

  test.each([
    ['a wrong key', (held: TestIdentity) => connectFields({ ...held, primaryKey: otherKey })],
    [
      'an expired token',
      (held: TestIdentity) => ({
        ...connectFields(held),
        password: Buffer.from(tokenOf(held, new Date(Date.now() - 3_600_000))),
      }),
    ],
    ['a foreign ClientId', (held: TestIdentity) => ({ ...connectFields(held), clientId: 'd1' })],
  ])('by %s', async (_name, fieldsOf) => {
    const held = await createDevice();
    const will = { topic: eventsTopic(held), payload: Buffer.from('gone') };
    const first = await open(held, { will: { ...will, qos: 1, retain: false } });
    expect(await answerTo(fieldsOf(held))).toBe(refused);

    await first.publish(eventsTopic(held), 'still here', 1);
    expect(first.isClosed).toBe(false);
    await first.disconnect();
    const stored = await storedSoFar(reader, held);
    expect(stored.map(({ value }) => value.toString())).toEqual(['still here']);
  });
});

test('device-mqtt 15: a device and its modules are connected at once; a newer module ends its older', async () => {
  const both = await createDevice();
  const [module, otherModule] = [
    await createModule(both.deviceId, 'm1'),
    await createModule(both.deviceId, 'm2'),
  ];
  const deviceClient = await open(both);
  const otherModuleClient = await open(otherModule);
  const olderModule = await open(module);
  const newerModule = await open(module);
  await olderModule.closed;

  await deviceClient.publish(eventsTopic(both), 'device', 1);
  await newerModule.publish(eventsTopic(module), 'module', 1);
  await otherModuleClient.publish(eventsTopic(otherModule), 'other module', 1);
  const stored = await reader.waitFor(both.deviceId, 3);
  expect(stored.map(({ headers }) => headers['iothub-connection-module-id'])).toEqual([
    undefined,
    'm1',
    'm2',
  ]);
  await Promise.all([
    deviceClient.disconnect(),
    newerModule.disconnect(),
    otherModuleClient.disconnect(),
  ]);
});
