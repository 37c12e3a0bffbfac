import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { eventually, issueCertificate } from '@linchpin/testing';
import { WebSocket, type RawData } from 'ws';
import { acceptWebSocket, type AcceptedWebSocket } from './accept-websocket.js';
import { maskedFrame } from './masked-frame.fake.js';
import { opcodes } from './opcodes.js';
import { findWebSocketRoute } from './websocket-route.js';

const { certificate, key } = issueCertificate({ subject: 'h.example.net' });
const server = createServer({ cert: certificate, key });
let accepted: (AcceptedWebSocket | undefined)[];

beforeEach(async () => {
  accepted = [];
  server.removeAllListeners('upgrade');
  server.on('upgrade', (request, socket, head) => {
    const route = findWebSocketRoute(request.url ?? '')!;
    const taken = acceptWebSocket(request, socket, head, route);
    accepted.push(taken);
    // Says what it hears.
    taken?.stream.on('error', () => undefined).pipe(taken.stream);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterEach(async () => {
  for (const taken of accepted) {
    taken?.stream.destroy();
  }
  server.close();
  await once(server, 'close');
});

function port(): number {
  return (server.address() as AddressInfo).port;
}

async function open(subprotocol: string, path = '/$iothub/websocket'): Promise<WebSocket> {
  const client = new WebSocket(`wss://127.0.0.1:${port()}${path}`, subprotocol, {
    rejectUnauthorized: false,
  });
  await once(client, 'open');
  return client;
}

/** As much as was sent. */
async function echoOf(client: WebSocket, bytes: Buffer): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  client.on('message', (message: RawData) => {
    parts.push(message as Buffer);
    length += (message as Buffer).length;
    client.emit('heard', length);
  });
  client.send(bytes);
  while (length < bytes.length) {
    await once(client, 'heard');
  }
  return Buffer.concat(parts);
}

async function dial(request: string | Buffer): Promise<TLSSocket> {
  const socket = connectTls({ port: port(), host: '127.0.0.1', rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  socket.write(request);
  return socket;
}

function requestOf(subprotocol: string): string {
  const headers = [
    ...['Host: h.example.net', 'Upgrade: websocket', 'Connection: Upgrade'],
    ...['Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='],
    `Sec-WebSocket-Protocol: ${subprotocol}`,
  ];
  return `GET /$iothub/websocket HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n`;
}

describe('an unmodified client over TLS', () => {
  test.each([
    ['MQTT', 'mqtt'],
    ['AMQPWSB10', 'amqp'],
  ])('speaks %s, hears what it said, and closes', async (subprotocol, protocol) => {
    const client = await open(subprotocol);
    expect([client.protocol, client.extensions]).toEqual([subprotocol, '']);
    expect(accepted[0]?.protocol).toBe(protocol);
    const bytes = Buffer.alloc(1_000_000, 'many words ');
    expect((await echoOf(client, bytes)).equals(bytes)).toBe(true);
    client.close(4_000, 'enough');
    expect((await once(client, 'close')).slice(0, 1)).toEqual([4_000]);
    await eventually(() => accepted[0]?.stream.destroyed === true);
  });

  test('has its pings answered', async () => {
    const client = await open('mqtt');
    client.ping('are you there?');
    expect(String(await once(client, 'pong'))).toBe('are you there?');
    client.close();
    await once(client, 'close');
  });

  test('is told when the gateway closes, and why when it breaks the rules', async () => {
    const [good, bad] = [await open('mqtt'), await open('mqtt')];
    accepted[0]?.stream.end();
    bad.send('text');
    const closes = await Promise.all([once(good, 'close'), once(bad, 'close')]);
    expect(closes.map(([code]) => code as number)).toEqual([1_000, 1_003]);
  });

  test('is refused, with the reason', async () => {
    const client = new WebSocket(`wss://127.0.0.1:${port()}/$servicebus/websocket`, 'mqtt', {
      rejectUnauthorized: false,
    });
    await expect(once(client, 'open')).rejects.toThrow('Unexpected server response: 400');
    expect(accepted).toEqual([undefined]);
  });
});

test('what comes with the request is not lost', async () => {
  const request = Buffer.from(requestOf('mqtt'));
  const socket = await dial(Buffer.concat([request, maskedFrame('a'), maskedFrame('b')]));
  const parts: Buffer[] = [];
  socket.on('data', (part: Buffer) => parts.push(part));
  socket.write(maskedFrame(Buffer.of(0x03, 0xe8), { opcode: opcodes.close }));
  await once(socket, 'close');
  const [answer = '', echo = ''] = Buffer.concat(parts).toString('latin1').split('\r\n\r\n');
  expect(answer).toMatch(/^HTTP\/1\.1 101 /);
  expect(Buffer.from(echo, 'latin1').toString('hex')).toMatch(/^(820161820162|82026162)880203e8$/);
});

test('who is refused gets the answer whatever he sends behind the request', async () => {
  const socket = await dial(requestOf('soap') + 'x'.repeat(100_000));
  const parts: Buffer[] = [];
  socket.on('data', (part: Buffer) => parts.push(part));
  await once(socket, 'close');
  expect(Buffer.concat(parts).toString()).toMatch(
    /^HTTP\/1\.1 400 Bad Request\r\nConnection: close\r\n.*that is spoken here\.$/s,
  );
});
