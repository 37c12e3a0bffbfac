import { once, type EventEmitter } from 'node:events';
import { connect as connectTls } from 'node:tls';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { eventually } from '@linchpin/testing';
import rhea from 'rhea';
import { createWebSocketStream, WebSocket } from 'ws';
import { amqpOpener } from '../src/amqp/amqp-listener.js';
import { FakeAmqpGateway, tokenFor } from '../src/amqp/gateway.fake.js';
import { connectPacket, FakeClient, publishPacket } from '../src/mqtt/client.fake.js';
import { FakeGateway } from '../src/mqtt/gateway.fake.js';
import { mqttOpener } from '../src/mqtt/mqtt-listener.js';
import { Admission } from '../src/sockets/admission.js';
import { FrontDoor, receive, server, statusesOf } from './support/front-door.js';
import { StandInApi } from './support/stand-in-api.js';

const path = '/$iothub/websocket';
const key = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n';
const upgrade = `Connection: Upgrade\r\nUpgrade: websocket\r\n${key}`;
const events = 'devices/d1/messages/events/';

let gateway: FakeGateway;
let amqpGateway: FakeAmqpGateway;
let api: StandInApi;
let door: FrontDoor;
let open: WebSocket[];

beforeEach(() => {
  gateway = new FakeGateway();
  amqpGateway = new FakeAmqpGateway();
  open = [];
});

afterEach(async () => {
  for (const socket of open) {
    socket.terminate();
  }
  amqpGateway.close();
  await door.stop();
  api.stop();
});

async function start({ unproven = 100, connectArrivalMs = 60_000, connectionsMax = 100 } = {}) {
  api = await StandInApi.start(server);
  const { services } = gateway;
  const limits = { ...services.limits, connectArrivalMs };
  door = await FrontDoor.start({
    api: api.address,
    openers: {
      mqtt: mqttOpener({ ...services, limits }),
      amqp: amqpOpener(amqpGateway.services),
    },
    limits: {
      ...{ connectionsMax, connectionsPerAddressMax: connectionsMax },
      ...{ headersTimeoutMs: 15_000, requestTimeoutMs: 60_000, keepAliveTimeoutMs: 120_000 },
    },
    admission: new Admission({
      connectionsMax: 100,
      unauthenticatedMax: unproven,
      unauthenticatedPerAddressMax: unproven,
    }),
  });
}

async function connect(target = path, subprotocol = 'mqtt'): Promise<WebSocket> {
  const socket = new WebSocket(`wss://localhost:${door.port}${target}`, subprotocol, {
    ca: server.certificate,
    createConnection: (() =>
      connectTls({
        ...{ host: '127.0.0.1', port: door.port },
        servername: 'localhost',
        ca: server.certificate,
      })) as never,
  });
  open.push(socket);
  socket.on('error', () => undefined);
  await once(socket, 'open');
  return socket;
}

async function connectDevice(): Promise<FakeClient> {
  const client = new FakeClient(createWebSocketStream(await connect(), { allowHalfOpen: false }));
  client.send(connectPacket());
  await client.receive(1);
  return client;
}

/** What a client sees that wants to upgrade, and that cannot. */
function refusalOf(target: string, fields: string): Promise<string> {
  return door.send(`GET ${target} HTTP/1.1\r\nHost: h\r\n${fields}\r\n`);
}

test('device-mqtt 3: a device connects by MQTT in a WebSocket, and publishes', async () => {
  await start();
  const client = await connectDevice();
  client.send(publishPacket(events, 'x', { qos: 1, messageId: 7 }));
  await client.receive(2);

  expect(client.hex).toBe('20020000' + '40020007');
  expect(gateway.log.stored).toHaveLength(1);
  client.send({ cmd: 'disconnect' });
  await client.closed;
  expect(gateway.lines).toContainEqual(
    expect.objectContaining({ msg: 'connection ended', protocol: 'mqtt-ws' }),
  );
});

test.each([path, '/$servicebus/websocket'])(
  'amqp 11: a device sends by AMQP in a WebSocket at %s',
  async (target) => {
    await start();
    const stream = createWebSocketStream(await connect(target, 'AMQPWSB10'));
    const client = rhea.create_container().connect({
      ...{ host: 'h.example.net', hostname: 'h.example.net', reconnect: false },
      connection_details: () => ({
        connect: (...args: [unknown, unknown, unknown, () => void]) => {
          setImmediate(args[3]);
          return stream;
        },
      }),
    } as never);
    const heard = (emitter: unknown, event: string) => once(emitter as EventEmitter, event);
    client.on('disconnected', () => undefined);
    await heard(client, 'connection_open');
    const cbs = client.open_sender({ target: '$cbs' });
    await heard(cbs, 'sendable');
    const properties = {
      operation: 'put-token',
      type: 'servicebus.windows.net:sastoken',
      name: 'x',
    };
    cbs.send({
      ...{ message_id: '1', reply_to: 'cbs', body: tokenFor('/devices/d1') },
      application_properties: properties,
    });
    await heard(cbs, 'accepted');
    const sender = client.open_sender({ target: '/devices/d1/messages/events' });
    await heard(sender, 'sendable');
    sender.send({ body: Buffer.alloc(100_000, 'x') });
    await heard(sender, 'accepted');

    expect(amqpGateway.log.stored).toHaveLength(1);
    client.close();
    await heard(client, 'connection_close');
  },
);

describe('who cannot upgrade', () => {
  const offer = 'Sec-WebSocket-Protocol: mqtt\r\n';

  test.each([
    ['at another path', '/devices/d1', upgrade + offer, 404],
    ['without a protocol that is spoken', path, upgrade + 'Sec-WebSocket-Protocol: x\r\n', 400],
    ['without any protocol', path, upgrade, 400],
    ['to AMQP alone', '/$servicebus/websocket', upgrade + offer, 400],
    ['to something else', path, 'Connection: Upgrade\r\nUpgrade: h2c\r\n', 400],
    ['without saying so', path, 'Connection: close\r\n', 400],
  ])('%s', async (_, target, fields, status) => {
    await start();
    expect(statusesOf(await refusalOf(target, fields))).toEqual([status]);
    expect(api.connections).toEqual([]);
  });

  test('while a request before it is being answered', async () => {
    await start();
    const socket = await door.dial();
    const closed = once(socket, 'close');
    socket.write(
      `GET /a HTTP/1.1\r\nHost: h\r\n\r\nGET ${path} HTTP/1.1\r\nHost: h\r\n${upgrade}${offer}\r\n`,
    );
    await closed;
  });
});

describe('places', () => {
  test('who has shown no credential takes one, who has makes room', async () => {
    await start({ unproven: 1 });
    const first = new FakeClient(createWebSocketStream(await connect(), { allowHalfOpen: false }));
    const refusal = await refusalOf(path, upgrade);
    expect(refusal).toMatch(/^HTTP\/1\.1 503 [^]*\r\niothub-errorcode: ServiceUnavailable\r\n/);
    expect(door.turnedAway).toEqual(['unauthenticated']);

    first.send(connectPacket());
    await first.receive(1);
    await connect();
  });

  test('who is refused the handshake leaves its place', async () => {
    await start({ unproven: 1 });
    await refusalOf(path, upgrade);
    await refusalOf('/nothing', upgrade);
    // Until the gateway hears that the client has closed, too.
    await eventually(async () => statusesOf(await refusalOf(path, upgrade))[0] === 400);
    await connect();
  });

  test('a WebSocket is no connection of HTTP any more', async () => {
    await start({ connectionsMax: 1 });
    await connect();
    const socket = await door.dial();
    socket.write('GET /a HTTP/1.1\r\nHost: h\r\n\r\n');
    await api.holding('GET /a');
  });
});

test('a client that says nothing ends in the time of a CONNECT', async () => {
  await start({ connectArrivalMs: 100 });
  const silent = await connect();
  const slow = await connect();
  slow.send(Buffer.of(0x10));
  await Promise.all([once(silent, 'close'), once(slow, 'close')]);
  expect(gateway.lines).toContainEqual(
    expect.objectContaining({ msg: 'connect refused', protocol: 'mqtt-ws' }),
  );
});

test('a stop answers what was sent, then ends', async () => {
  await start();
  const client = await connectDevice();
  gateway.log.isHeld = true;
  client.send(publishPacket(events, 'x', { qos: 1, messageId: 7 }));
  await eventually(() => gateway.log.waiting.length === 1);
  const socket = await door.dial();
  const received = receive(socket);
  socket.write('GET /a HTTP/1.1\r\nHost: h\r\n\r\n');
  const { socket: upstream } = await api.holding('GET /a');
  const drained = door.drain();
  await turn();
  upstream.write('HTTP/1.1 204 No Content\r\n\r\n');
  gateway.log.settle();
  await drained;
  await client.closed;

  expect(client.hex).toBe('20020000' + '40020007');
  expect(received.text).toMatch(/^HTTP\/1\.1 204 [^]*\r\nConnection: close\r\n/);
});
