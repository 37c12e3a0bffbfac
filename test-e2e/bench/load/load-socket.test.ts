import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { createTestCertificate } from '@linchpin/testing';
import { WebSocketServer, type WebSocket } from 'ws';
import { HttpsConnection } from './https-connection.js';
import type { Endpoint } from './load-connection.js';
import { LoadSocket } from './load-socket.js';

const folder = mkdtempSync(join(tmpdir(), 'load-socket-'));
const device = { id: 'd1', generationId: '1', token: 't', connectPacket: Buffer.alloc(0) };
const pingreq = Buffer.from('c000', 'hex');
const onLost = jest.fn();
let server: Server;
let endpoint: Omit<Endpoint, 'protocol'>;

beforeAll(async () => {
  const { certificate, key } = createTestCertificate(folder, 'server', 'ec');
  const cert = readFileSync(certificate);
  server = createServer({ cert, key: readFileSync(key) }, (_, response) => {
    response.writeHead(204).end();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  endpoint = { host: '127.0.0.1', port, secureContext: createSecureContext({ ca: cert }) };
});

afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

test('a WebSocket is opened for MQTT, and what is asked there is answered when all has come', async () => {
  const webSockets = new WebSocketServer({ server, path: '/$iothub/websocket' });
  webSockets.once('connection', (webSocket: WebSocket) => {
    webSocket.once('message', (packet: Buffer) => {
      webSocket.send(packet);
      setImmediate(() => {
        webSocket.send(Buffer.from(webSocket.protocol));
      });
    });
  });
  const socket = await LoadSocket.open({ ...endpoint, protocol: 'mqtt-ws' }, onLost);

  const answer = await socket.ask(pingreq, ({ length }) => length === 6);
  await socket.close(pingreq);
  webSockets.close();

  expect(answer).toEqual(Buffer.concat([pingreq, Buffer.from('mqtt')]));
  expect(onLost).not.toHaveBeenCalled();
});

test('where no WebSocket is served, it says what was answered', async () => {
  const webSockets = new WebSocketServer({ server, path: '/elsewhere' });

  const opening = LoadSocket.open({ ...endpoint, protocol: 'mqtt-ws' }, onLost);

  await expect(opening).rejects.toThrow('the server opened no WebSocket: HTTP/1.1 400 ');
  webSockets.close();
  expect(onLost).not.toHaveBeenCalled();
});

test('of requests by HTTPS the answers are counted, from 1 on', async () => {
  const connection = await HttpsConnection.open({ ...endpoint, protocol: 'https' }, device, onLost);
  const acknowledged = jest.fn();
  const request = Buffer.from('GET / HTTP/1.1\r\nHost: h\r\n\r\n');

  for (let number = 0; number < 3; number++) {
    await new Promise<void>((resolve) => {
      connection.listen({ acknowledged, turnEnded: resolve });
      connection.send(request);
    });
  }
  await connection.close();

  expect(acknowledged.mock.calls.map(([id]) => id)).toEqual([1, 2, 3]);
  expect(onLost).not.toHaveBeenCalled();
});
