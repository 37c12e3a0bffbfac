/** Answers that are written by hand, where Node has none: to bytes that never became a request (RFC 9112), or no more. */
import { randomBytes } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import { HubError, legacyErrorBody, type HubErrorCode } from '@linchpin/wire';

interface HttpFault {
  /** HTTP has two statuses here that Azure's codes don't know; no SDK gets to see them. */
  readonly status: number;
  readonly code: HubErrorCode;
  readonly message: string;
}

const malformed: HttpFault = {
  status: 400,
  code: 'GenericBadRequest',
  message: 'This is no HTTP/1.1 request.',
};

/** By the code of Node's error. */
const faults: ReadonlyMap<string | undefined, HttpFault> = new Map([
  [
    'HPE_HEADER_OVERFLOW',
    { status: 431, code: 'GenericBadRequest', message: 'The header of the request is too large.' },
  ],
  [
    'HPE_CHUNK_EXTENSIONS_OVERFLOW',
    { status: 413, code: 'GenericRequestEntityTooLarge', message: 'Chunk extensions too large.' },
  ],
  [
    'ERR_HTTP_REQUEST_TIMEOUT',
    { status: 408, code: 'RequestTimedOut', message: 'The request did not arrive in time.' },
  ],
]);

export function faultAnswer(errorCode: string | undefined): string {
  const { status, code, message } = faults.get(errorCode) ?? malformed;
  return lastAnswer(new HubError(code, message), status);
}

/** Behind it the connection ends. */
export function lastAnswer(error: HubError, status: number = error.httpStatus): string {
  const id = randomBytes(16).toString('hex');
  const body = JSON.stringify(legacyErrorBody(error, { id, time: new Date() }));
  const { retryAfterMs } = error;
  return [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'Connection: close',
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `iothub-errorcode: ${error.code}`,
    `x-ms-request-id: ${id}`,
    ...(retryAfterMs === undefined ? [] : [`Retry-After: ${Math.ceil(retryAfterMs / 1_000)}`]),
    '',
    body,
  ].join('\r\n');
}
