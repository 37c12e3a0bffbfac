import assert from 'node:assert';
import { createServer } from 'node:http';
import type { Duplex } from 'node:stream';
import { InMemorySocket } from '@linchpin/testing';
import { createWebSocketStream, WebSocket } from 'ws';
import { acceptWebSocket, type AcceptedWebSocket } from './accept-websocket.js';
import { findWebSocketRoute } from './websocket-route.js';

/** An unmodified client and the gateway's end, each as a stream of bytes, over a socket in memory. */
export async function openWebSocket(
  target: string,
  subprotocol: string,
): Promise<AcceptedWebSocket & { readonly client: Duplex }> {
  const [near, far] = InMemorySocket.pair();
  const server = createServer();
  const accepted = new Promise<AcceptedWebSocket>((resolve) => {
    server.on('upgrade', (request, socket, head) => {
      const route = findWebSocketRoute(request.url ?? '');
      assert(route);
      const taken = acceptWebSocket(request, socket, head, route);
      assert(taken);
      resolve(taken);
    });
  });
  server.emit('connection', far);
  const client = new WebSocket(`ws://h.example.net${target}`, subprotocol, {
    createConnection: () => near as never,
  });
  return { client: createWebSocketStream(client, { allowHalfOpen: false }), ...(await accepted) };
}
