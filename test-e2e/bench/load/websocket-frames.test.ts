import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { generate } from 'mqtt-packet';
import { WebSocketServer, type WebSocket } from 'ws';
import { WebSocketFrames } from './websocket-frames.js';

const pingreq = Buffer.from('c000', 'hex');
const puback = Buffer.from('40020001', 'hex');
const handshake =
  'GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
  'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';

let server: Server;

beforeAll(async () => {
  server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
});

afterAll(() => {
  server.close();
});

function publish(payloadBytes: number): Buffer {
  return generate({
    cmd: 'publish',
    topic: 't',
    payload: Buffer.alloc(payloadBytes, 'x'),
    qos: 1,
    messageId: 1,
    dup: false,
    retain: false,
  });
}

/** What a server that others wrote finds in the frames. */
async function receive(frames: Buffer): Promise<Buffer[]> {
  const webSockets = new WebSocketServer({ server });
  const messages: Buffer[] = [];
  const { port } = server.address() as AddressInfo;
  const socket = connect(port, '127.0.0.1', () => socket.write(handshake));
  const [webSocket] = (await once(webSockets, 'connection')) as [WebSocket];
  webSocket.on('message', (message: Buffer) => messages.push(message));
  socket.end(frames);
  await once(webSocket, 'close');
  webSockets.close();
  return messages;
}

/** @param frames of a server */
function decode(chunks: readonly Buffer[]): string[] {
  const decoder = new WebSocketFrames();
  return chunks.map((chunk) => decoder.decode(chunk).toString('hex'));
}

test('each packet has a frame of its own, in which the payload alone is under the mask', () => {
  const frames = new WebSocketFrames().encode(Buffer.concat([pingreq, pingreq]));

  expect(frames.toString('hex')).toBe('82825a5a5a5a9a5a'.repeat(2));
});

test.each([1, 117, 118, 119, 120, 121, 122, 123, 5_000])(
  'a server reads packets, be their length told in one byte or in three: %d bytes of payload',
  async (payloadBytes) => {
    const packets = [publish(payloadBytes), pingreq, publish(200)];

    const frames = new WebSocketFrames().encode(Buffer.concat(packets));

    expect(await receive(frames)).toEqual(packets);
  },
);

test('what came in several frames at once is one piece', () => {
  expect(decode([Buffer.from('820140820102820200018204400200028800', 'hex')])).toEqual([
    '4002000140020002',
  ]);
});

const long = Buffer.concat([Buffer.from('827e0080', 'hex'), Buffer.alloc(128, 'y')]);

test.each(Array.from({ length: 12 }, (_, index) => index))(
  'frames are whole, wherever they are cut: %d',
  (index) => {
    const bytes = Buffer.concat([Buffer.from('8204', 'hex'), puback, long]);

    expect(decode([bytes.subarray(0, index), bytes.subarray(index)]).join('')).toBe(
      `40020001${'79'.repeat(128)}`,
    );
  },
);

test('anything but binary frames is an error', () => {
  expect(() => decode([Buffer.from('810161', 'hex')])).toThrow('instead of binary frames');
});
