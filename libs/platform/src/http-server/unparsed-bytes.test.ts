import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingMessage, type Server } from 'node:http';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { eventually } from '@linchpin/testing';
import { dropUnparsed, parseInPieces, parseNoMore } from './unparsed-bytes.js';

const head = 'PUT / HTTP/1.1\r\nHost: hub\r\nTransfer-Encoding: chunked\r\n\r\n';
const chunks = 10_000;
const body = '1\r\nx\r\n'.repeat(chunks);
const listener = createServer();

afterEach(() => {
  listener.close();
});

/** A request whose connection was paused when it began, and behind which all of its body has come. */
async function pausedRequest(http: Server): Promise<{ request: IncomingMessage; client: Socket }> {
  listener.once('connection', (socket) => {
    http.emit('connection', socket);
    parseInPieces(socket);
  });
  http.once('request', ({ socket }: IncomingMessage) => {
    socket.pause();
  });
  const { port } = await new Promise<AddressInfo>((resolve) => {
    listener.listen(0, '127.0.0.1', () => {
      resolve(listener.address() as AddressInfo);
    });
  });
  const client = connect(port, '127.0.0.1');
  client.write(head + body);
  const [request] = (await once(http, 'request')) as [IncomingMessage];
  await eventually(() => request.socket.bytesRead === head.length + body.length);
  return { request, client };
}

test('a paused connection parses no more than a piece, and all of it when it goes on', async () => {
  const { request, client } = await pausedRequest(createHttpServer());

  expect(request.readableLength).toBeLessThan(200);
  client.end('0\r\n\r\n');
  const read: Buffer[] = [];
  request.on('data', (chunk: Buffer) => read.push(chunk));
  await once(request, 'end');
  expect(Buffer.concat(read).toString()).toBe('x'.repeat(chunks));
  request.socket.destroy();
});

test('what is dropped is read, and never parsed', async () => {
  const { request, client } = await pausedRequest(createHttpServer());
  const { socket } = request;
  dropUnparsed(socket);
  client.write(body);
  await eventually(() => socket.bytesRead === head.length + 2 * body.length);

  expect(socket.readableLength).toBe(0);
  expect(request.readableLength).toBeLessThan(200);
  socket.destroy();
});

test('behind an upgrade nothing is lost, and nothing comes in pieces', async () => {
  const http = createHttpServer();
  listener.once('connection', (socket) => {
    http.emit('connection', socket);
    parseInPieces(socket);
  });
  const read: Buffer[] = [];
  http.once('upgrade', (_, socket: Socket, firstBytes: Buffer) => {
    parseNoMore(socket);
    read.push(firstBytes);
    setImmediate(() => {
      socket.on('data', (chunk: Buffer) => read.push(chunk));
    });
  });
  const { port } = await new Promise<AddressInfo>((resolve) => {
    listener.listen(0, '127.0.0.1', () => {
      resolve(listener.address() as AddressInfo);
    });
  });
  const sent = 'y'.repeat(50_000);
  const upgrade = 'GET / HTTP/1.1\r\nHost: hub\r\nConnection: Upgrade\r\nUpgrade: other\r\n\r\n';
  const client = connect(port, '127.0.0.1');
  client.write(upgrade + sent);
  await eventually(() => Buffer.concat(read).length === sent.length);
  client.write(sent);
  await eventually(() => Buffer.concat(read).length === 2 * sent.length);

  expect(Buffer.concat(read).toString()).toBe(sent + sent);
  expect(Math.max(...read.map(({ length }) => length))).toBeGreaterThan(10_000);
  client.destroy();
});
