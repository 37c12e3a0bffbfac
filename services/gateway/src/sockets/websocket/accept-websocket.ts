import { closeSoon, type ClientSocket } from '../client-socket.js';
import { answerHandshake, type HandshakeRequest } from './handshake.js';
import type { WebSocketProtocol, WebSocketRoute } from './websocket-route.js';
import { WebSocketStream } from './websocket-stream.js';

export interface AcceptedWebSocket {
  /** What is spoken on it. */
  readonly protocol: WebSocketProtocol;
  readonly stream: WebSocketStream;
}

/**
 * Answers a request to upgrade to a WebSocket, and takes its socket over; who is refused is told why, and is gone soon.
 *
 * @param socket as an HTTP server gives it away, with nobody who reads it
 * @param head what came behind the request already
 */
export function acceptWebSocket(
  request: HandshakeRequest,
  socket: ClientSocket,
  head: Buffer,
  route: WebSocketRoute,
): AcceptedWebSocket | undefined {
  const { protocol, answer } = answerHandshake(request, route);
  if (protocol === undefined) {
    socket.on('error', () => undefined);
    socket.write(answer);
    closeSoon(socket);
    return undefined;
  }
  const stream = new WebSocketStream(socket, head);
  socket.write(answer);
  return { protocol, stream };
}
