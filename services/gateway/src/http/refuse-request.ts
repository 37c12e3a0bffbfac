import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { dropUnparsed, leavesUnreadBody } from '@linchpin/platform/http-server';
import { legacyErrorBody, type HubError } from '@linchpin/wire';

interface Refused {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** Answers what is passed on to nobody (device-https.md section 7). */
export function refuseRequest({ request, response }: Refused, error: HubError): void {
  const id = randomBytes(16).toString('hex');
  const body = JSON.stringify(legacyErrorBody(error, { id, time: new Date() }));
  const { retryAfterMs } = error;
  if (leavesUnreadBody(request)) {
    // Node says so to the client then.
    response.shouldKeepAlive = false;
    dropUnparsed(request.socket);
  }
  response.writeHead(error.httpStatus, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    'iothub-errorcode': error.code,
    'x-ms-request-id': id,
    ...(retryAfterMs !== undefined && { 'Retry-After': Math.ceil(retryAfterMs / 1_000) }),
  });
  response.end(body);
}
