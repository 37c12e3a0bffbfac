/** What the hub answers (service-rest.md section 1.3). */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { formatEtag } from '@linchpin/wire';
import type { EntityJson } from '@linchpin/wire/json';
import { noRoom } from '../domain/request-rooms.js';
import { leavesUnreadBody } from './json-body.js';
import { contextOf } from './request-context.js';
import { dropUnparsed } from './unparsed-bytes.js';

export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

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
  { request, response }: Exchange,
  status: number,
  json: string | Uint8Array,
): void {
  if (request.socket.destroyed) {
    return;
  }
  const bytes = typeof json === 'string' ? Buffer.from(json) : json;
  const context = contextOf(request);
  const { operation } = context.found ?? {};
  const onlyReads = operation?.method === 'GET' || operation?.answersMuch === true;
  if (context.room?.widen(bytes.length) === false && onlyReads) {
    throw noRoom();
  }
  context.responseBytes = bytes.length;
  response.setHeader('Content-Type', 'application/json; charset=utf-8');
  end({ request, response }, status, bytes);
}

/** The tag stands in the header as well, there in quotes. */
export function answerEntity(exchange: Exchange, body: EntityJson, status: 200 | 201 = 200): void {
  exchange.response.setHeader('ETag', formatEtag(body.etag));
  answerJson(exchange, status, body);
}

export function answerNoContent(exchange: Exchange): void {
  end(exchange, 204, new Uint8Array());
}

export function answerAccepted(exchange: Exchange): void {
  end(exchange, 202, new Uint8Array());
}

function end({ request, response }: Exchange, status: number, bytes: Uint8Array): void {
  if (leavesUnreadBody(request)) {
    response.setHeader('Connection', 'close');
    dropUnparsed(request.socket);
  }
  response.writeHead(status, { 'Content-Length': bytes.length });
  response.end(bytes);
}
