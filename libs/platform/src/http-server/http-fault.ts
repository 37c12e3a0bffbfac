/** The answer to bytes that never became a request (RFC 9112), written by hand for want of one. */
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
  const id = randomBytes(16).toString('hex');
  const body = JSON.stringify(
    legacyErrorBody(new HubError(code, message), { id, time: new Date() }),
  );
  return [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'Connection: close',
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `iothub-errorcode: ${code}`,
    `x-ms-request-id: ${id}`,
    '',
    body,
  ].join('\r\n');
}
