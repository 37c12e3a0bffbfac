/** The bytes that a request carries. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { HubError } from '@linchpin/wire';

export interface BodyTerms {
  readonly bytesMax: number;
  /** The code of what has more. */
  readonly tooLarge: 'GenericRequestEntityTooLarge' | 'MessageTooLarge';
  /** Makes room for so many bytes before one is read, so that a body once begun can finish. @throws HubError */
  readonly reserve: (bytes: number) => void;
  /** So many more have come. */
  readonly onRead: (bytes: number) => void;
}

/** What Node reads by itself behind an answer, so that the connection can go on. */
const unreadBytesMax = 1024 * 1024;

/** Read and dropped, so that the client gets to see why, before the connection is cut. */
const droppedBytesMax = 4 * unreadBytesMax;

/**
 * Reads the whole body.
 *
 * @throws HubError the code of `terms`, what `reserve` throws, or `ClientClosedRequest` when the body broke off
 */
export async function readBody(
  request: IncomingMessage,
  response: ServerResponse,
  terms: BodyTerms,
): Promise<Buffer> {
  const { 'content-length': length = '0', 'transfer-encoding': coding, expect } = request.headers;
  if (request.destroyed) {
    // Of its error nobody would hear any more.
    throw brokenOff();
  }
  if (Number(length) > droppedBytesMax) {
    throw tooLarge(terms);
  }
  const comingBytes = coding === undefined ? Number(length) : terms.bytesMax;
  const roomBytes = Math.min(comingBytes, terms.bytesMax);
  terms.reserve(roomBytes);
  if (/^100-continue$/i.test(expect ?? '')) {
    response.writeContinue();
  }
  // Copied into it at once: a chunk that is kept takes some 400 bytes, and may bring one.
  return readInto(Buffer.allocUnsafeSlow(roomBytes), request, terms);
}

/** Whether an answer must end the connection, because too much of the request is still to come. */
export function leavesUnreadBody(request: IncomingMessage): boolean {
  if (request.complete) {
    return false;
  }
  const { 'content-length': length = '0', 'transfer-encoding': coding, expect } = request.headers;
  return coding !== undefined || expect !== undefined || Number(length) > unreadBytesMax;
}

function readInto(bytes: Buffer, request: IncomingMessage, terms: BodyTerms): Promise<Buffer> {
  let read = 0;
  return new Promise((resolve, reject) => {
    request.on('data', (chunk: Buffer) => {
      chunk.copy(bytes, read);
      read += chunk.length;
      terms.onRead(chunk.length);
      if (read > droppedBytesMax) {
        reject(tooLarge(terms));
      }
    });
    request.once('end', () => {
      if (read > terms.bytesMax) {
        reject(tooLarge(terms));
      } else {
        resolve(bytes.subarray(0, read));
      }
    });
    request.once('error', (error) => {
      reject(brokenOff(error));
    });
    request.once('close', () => {
      reject(brokenOff());
    });
  });
}

function brokenOff(cause?: Error): HubError {
  return new HubError('ClientClosedRequest', 'The body broke off.', { cause });
}

function tooLarge({ tooLarge: code, bytesMax }: BodyTerms): HubError {
  return new HubError(code, `The body may have ${bytesMax} bytes at most.`);
}
