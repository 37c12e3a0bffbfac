/** The broker of `aedes-process.ts` in WebSockets. */
import { createServer } from 'node:https';
import type { Duplex } from 'node:stream';
import { Aedes } from 'aedes';
import { createWebSocketStream, WebSocketServer, type WebSocket } from 'ws';
import { announce, listenOptions } from './reference-listener.js';

const broker = await Aedes.createBroker();
const server = createServer(listenOptions());
new WebSocketServer({ server }).on('connection', (socket) => {
  broker.handle(gatheringStream(socket));
});
server.listen(listenOptions());
await announce(server);

/** aedes writes a PUBACK in three pieces. With a frame for each, as ws has it, it takes a fifth of the messages. */
function gatheringStream(socket: WebSocket): Duplex {
  const stream = createWebSocketStream(socket);
  stream._writev = (pieces, written) => {
    const chunks = pieces.map(({ chunk }) => chunk as Buffer);
    socket.send(Buffer.concat(chunks), written);
  };
  return stream;
}
