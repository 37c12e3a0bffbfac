/** What the hub answers (service-rest.md section 1.3). */
import { sendAnswer, type Exchange } from '@linchpin/platform/http-server';
import { formatEtag } from '@linchpin/wire';
import type { EntityJson } from '@linchpin/wire/json';
import { noRoom } from '../domain/request-rooms.js';
import { contextOf } from './request-context.js';

/** As `answerJsonText`. */
export function answerJson(exchange: Exchange, status: number, body: object): void {
  answerJsonText(exchange, status, JSON.stringify(body));
}

/**
 * For a client that is gone it does nothing.
 *
 * @param json goes out as it is
 * @throws HubError `ServiceUnavailable` when there is no memory for the answer to what only reads; any other
 *   request may have changed something, and is answered all the same
 */
export function answerJsonText(
  exchange: Exchange,
  status: number,
  json: string | Uint8Array,
): void {
  if (exchange.request.socket.destroyed) {
    return;
  }
  const bytes = typeof json === 'string' ? Buffer.from(json) : json;
  const { room, found } = contextOf(exchange.request);
  const onlyReads = found?.operation.method === 'GET' || found?.operation.answersMuch === true;
  if (room?.widen(bytes.length) === false && onlyReads) {
    throw noRoom();
  }
  send(exchange, status, bytes);
}

/** As `answerJson`, for what tells why a request failed: it is short and there is always memory for it. */
export function answerFailure(exchange: Exchange, status: number, body: object): void {
  send(exchange, status, Buffer.from(JSON.stringify(body)));
}

/** The tag stands in the header as well, there in quotes. */
export function answerEntity(exchange: Exchange, body: EntityJson, status: 200 | 201 = 200): void {
  exchange.response.setHeader('ETag', formatEtag(body.etag));
  answerJson(exchange, status, body);
}

export function answerNoContent(exchange: Exchange): void {
  sendAnswer(exchange, { status: 204, headers: [], body: new Uint8Array() });
}

export function answerAccepted(exchange: Exchange): void {
  sendAnswer(exchange, { status: 202, headers: [], body: new Uint8Array() });
}

function send(exchange: Exchange, status: number, json: Uint8Array): void {
  contextOf(exchange.request).responseBytes = json.length;
  const headers = ['Content-Type', 'application/json; charset=utf-8'];
  sendAnswer(exchange, { status, headers, body: json });
}
