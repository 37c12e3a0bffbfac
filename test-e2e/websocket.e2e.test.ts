/** WebSockets, frame by frame (device-mqtt.md section 1.3, amqp.md section 1). */
import { afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { generate } from 'mqtt-packet';
import { eventsTopic } from './support/device-client.js';
import { valueOf } from './support/https-socket.js';
import { KafkaReader } from './support/kafka-reader.js';
import { connectFields, createDevice, type TestIdentity } from './support/registry.js';
import {
  askForWebSocket,
  encodeFrame,
  final,
  opcodes,
  WebSocketClient,
} from './support/websocket-client.js';

const clients: WebSocketClient[] = [];
let device: TestIdentity;

beforeAll(async () => {
  device = await createDevice();
});

afterEach(() => {
  for (const client of clients.splice(0)) {
    client.destroy();
  }
});

async function open(protocol: string, path?: string): Promise<WebSocketClient> {
  const client = await WebSocketClient.open({ protocol, ...(path !== undefined && { path }) });
  clients.push(client);
  return client;
}

function connectPacket(identity: TestIdentity): Buffer {
  const fields = connectFields(identity);
  return generate({
    ...{ cmd: 'connect', protocolId: 'MQTT', protocolVersion: 4, clean: true, keepalive: 60 },
    ...fields,
  });
}

const connack = '20020000';

describe('device-mqtt 3: the subprotocol is echoed as it is spelled', () => {
  test.each(['mqtt', 'MQTT'])('%s', async (protocol) => {
    const { answer, socket } = await askForWebSocket({ protocol });
    expect(answer.status).toBe(101);
    expect(valueOf(answer.headers, 'sec-websocket-protocol')).toBe(protocol);
    socket.destroy();
  });

  test.each([
    ['none', undefined],
    ['one that nobody speaks', 'soap'],
    ['nothing', ''],
  ])('%s is refused with 400', async (_, protocol) => {
    const { answer, socket } = await askForWebSocket({ protocol });
    expect(answer.status).toBe(400);
    socket.destroy();
  });

  test('of several that are offered one that is known is taken', async () => {
    const { answer, socket } = await askForWebSocket({ protocol: 'soap, mqtt, AMQPWSB10' });
    expect(valueOf(answer.headers, 'sec-websocket-protocol')).toBe('mqtt');
    socket.destroy();
  });
});

test.each([
  '/$iothub/websocket?iothub-no-client-cert=true',
  '/%24iothub/websocket',
  '/$iothub/websocket?a=b&c',
])('device-mqtt 4: %s is a way to connect', async (path) => {
  const client = await open('mqtt', path);
  client.sendBinary(connectPacket(device));
  expect((await client.receive(4)).toString('hex')).toBe(connack);
});

test.each(['/', '/$iothub', '/$iothub/websocket/more', '/devices', '/%2524iothub/websocket'])(
  'no WebSocket is at %s',
  async (path) => {
    const { answer, socket } = await askForWebSocket({ protocol: 'mqtt', path });
    expect(answer.status).toBe(404);
    socket.destroy();
  },
);

test('device-mqtt 5: a packet in three frames, and three packets in one', async () => {
  const reader = await KafkaReader.from();
  const sender = await createDevice();
  const client = await open('mqtt');
  const connect = connectPacket(sender);
  client.send(opcodes.binary, connect.subarray(0, 1));
  client.send(opcodes.continuation, connect.subarray(1, 20));
  client.send(final | opcodes.continuation, connect.subarray(20));
  expect((await client.receive(4)).toString('hex')).toBe(connack);
  const packets = ['one', 'two', 'three'].map((payload, index) =>
    generate({
      ...{ cmd: 'publish', topic: eventsTopic(sender), payload, qos: 1, dup: false, retain: false },
      messageId: index + 1,
    }),
  );
  const [first, second, third] = packets as [Buffer, Buffer, Buffer];
  client.sendBinary(Buffer.concat(packets));
  for (const piece of [first.subarray(0, 5), first.subarray(5, 9), first.subarray(9)]) {
    client.sendBinary(piece);
  }
  // Cut where no frame ends.
  const bytes = Buffer.concat([second, third].map((packet) => encodeFrame(0x82, packet)));
  for (let start = 0; start < bytes.length; start += 3) {
    client.https.write(bytes.subarray(start, start + 3));
  }
  const stored = await reader.waitFor(sender.deviceId, 6);
  await reader.close();

  expect(stored.map(({ value }) => value.toString())).toEqual([
    ...['one', 'two', 'three', 'one', 'two', 'three'],
  ]);
});

describe('amqp 11: AMQPWSB10 is echoed, and AMQP is spoken', () => {
  test.each([
    '/$iothub/websocket',
    '/$servicebus/websocket',
    '/$iothub/websocket?iothub-no-client-cert=true',
  ])('%s', async (path) => {
    const client = await open('AMQPWSB10', path);
    for (const byte of Buffer.from('AMQP\x03\x01\0\0', 'latin1')) {
      client.sendBinary(Buffer.from([byte]));
    }
    expect((await client.receive(8)).subarray(0, 8).toString('latin1')).toBe('AMQP\x03\x01\0\0');
  });

  test('the path of Event Hubs speaks nothing else', async () => {
    const { answer, socket } = await askForWebSocket({
      ...{ protocol: 'mqtt', path: '/$servicebus/websocket' },
    });
    expect(answer.status).toBe(400);
    socket.destroy();
  });
});

test('a ping is answered with what it holds, between the frames of a message', async () => {
  const client = await open('mqtt');
  const connect = connectPacket(device);
  client.send(opcodes.binary, connect.subarray(0, 5));
  client.send(final | opcodes.ping, Buffer.from('are you there'));
  client.send(final | opcodes.continuation, connect.subarray(5));
  await client.receive(4);

  expect(client.frames[0]).toEqual({ head: 0x8a, payload: Buffer.from('are you there') });
});

test('a close is answered with a close, and the connection ends', async () => {
  const client = await open('mqtt');
  client.sendBinary(connectPacket(device));
  await client.receive(4);
  client.send(final | opcodes.close, Buffer.from('03e8', 'hex'));

  expect(await client.closeCode()).toBe(1000);
  await client.closed();
});

test('a refused CONNECT is answered with its CONNACK before the end', async () => {
  const client = await open('mqtt');
  client.sendBinary(connectPacket({ ...device, primaryKey: device.secondaryKey.slice(4) }));

  expect((await client.receive(4)).toString('hex')).toBe('20020005');
  await client.closeCode();
});
