import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { WebSocketProtocol, WebSocketRoute } from './websocket-route.js';

/** What the client asks with: part of Node's `IncomingMessage`. */
export interface HandshakeRequest {
  readonly method?: string | undefined;
  readonly httpVersion: string;
  readonly headers: IncomingHttpHeaders;
}

/** What the client is told, in bytes of HTTP; behind an answer without a protocol the connection ends. */
export interface HandshakeAnswer {
  readonly protocol: WebSocketProtocol | undefined;
  readonly answer: string;
}

/** By their names in lower case; SDKs write them in several ways. */
const subprotocols = new Map<string, WebSocketProtocol>([
  ['mqtt', 'mqtt'],
  ['amqpwsb10', 'amqp'],
  ['amqp', 'amqp'],
]);

/** 16 bytes in Base64. */
const keyPattern = /^[A-Za-z0-9+/]{22}==$/;

/**
 * The opening handshake (RFC 6455 section 4.2). Extensions are never accepted: compression costs memory for each
 * connection. Origin is not looked at: it guards what a browser does with its user's cookies, and here the
 * credential comes inside the protocol.
 */
export function answerHandshake(
  request: HandshakeRequest,
  { protocols }: WebSocketRoute,
): HandshakeAnswer {
  const { headers } = request;
  const key = headers['sec-websocket-key'] ?? '';
  const fault = faultOf(request);
  if (fault !== undefined) {
    return refusal('400 Bad Request', fault);
  }
  if (headers['sec-websocket-version'] !== '13') {
    const upgrade = 'Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n';
    return refusal('426 Upgrade Required', 'The version of WebSocket is 13.', upgrade);
  }
  if (!keyPattern.test(key)) {
    return refusal('400 Bad Request', 'Sec-WebSocket-Key must be 16 bytes in Base64.');
  }
  for (const name of listOf(headers['sec-websocket-protocol'])) {
    const protocol = subprotocols.get(name.toLowerCase());
    if (protocol !== undefined && protocols.includes(protocol)) {
      return { protocol, answer: acceptance(key, name) };
    }
  }
  return refusal('400 Bad Request', 'Sec-WebSocket-Protocol names nothing that is spoken here.');
}

function faultOf({ method, httpVersion, headers }: HandshakeRequest): string | undefined {
  if (method !== 'GET' || httpVersion !== '1.1') {
    return 'A WebSocket is asked for by GET of HTTP/1.1.';
  }
  if (!names(headers.upgrade, 'websocket') || !names(headers.connection, 'upgrade')) {
    return 'Only WebSockets are served here.';
  }
  const hasBody =
    (headers['content-length'] ?? '0') !== '0' || headers['transfer-encoding'] !== undefined;
  return hasBody ? 'The request must not have a body.' : undefined;
}

function names(header: string | undefined, token: string): boolean {
  return listOf(header).some((name) => name.toLowerCase() === token);
}

function listOf(header = ''): string[] {
  return header.split(',').map((name) => name.trim());
}

/** @param name exactly as the client spells it: it compares */
function acceptance(key: string, name: string): string {
  const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`);
  return (
    'HTTP/1.1 101 Switching Protocols\r\n' +
    'Upgrade: websocket\r\n' +
    'Connection: Upgrade\r\n' +
    `Sec-WebSocket-Accept: ${accept.digest('base64')}\r\n` +
    `Sec-WebSocket-Protocol: ${name}\r\n\r\n`
  );
}

function refusal(status: string, text: string, headers = ''): HandshakeAnswer {
  const answer =
    `HTTP/1.1 ${status}\r\n` +
    headers +
    `Connection: close${headers === '' ? '' : ', Upgrade'}\r\n` +
    'Content-Type: text/plain\r\n' +
    `Content-Length: ${Buffer.byteLength(text)}\r\n\r\n` +
    text;
  return { protocol: undefined, answer };
}
