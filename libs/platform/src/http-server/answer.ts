import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HubError } from '@linchpin/wire';
import { leavesUnreadBody } from './request-body.js';
import { dropUnparsed } from './unparsed-bytes.js';

export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

interface Answer {
  readonly status: number;
  /** Names and values by turns, which go out as they are spelled; beside those that the response has been given. */
  readonly headers: readonly string[];
  readonly body: Uint8Array;
}

/** The whole answer; its connection ends behind it when too much of the request is still to come. */
export function sendAnswer(
  { request, response }: Exchange,
  { status, headers, body }: Answer,
): void {
  if (leavesUnreadBody(request)) {
    // Node says so to the client then.
    response.shouldKeepAlive = false;
    dropUnparsed(request.socket);
  }
  response.writeHead(status, [...headers, 'Content-Length', String(body.length)]);
  response.end(body);
}

/** What the headers of an answer tell of a failure (service-rest.md section 1.6, device-https.md section 7). */
export function failureHeaders({
  code,
  httpStatus,
  retryAfterMs,
}: HubError): readonly (readonly [name: string, value: string])[] {
  return [
    ['iothub-errorcode', code],
    ...(retryAfterMs === undefined
      ? []
      : [['Retry-After', String(Math.ceil(retryAfterMs / 1_000))] as const]),
    // The rest of what is too large is not read.
    ...(httpStatus === 413 ? [['Connection', 'close'] as const] : []),
  ];
}
