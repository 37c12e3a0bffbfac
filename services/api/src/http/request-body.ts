/** The bytes that a request carries. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { HubError } from '@linchpin/wire';
import { noRoom } from '../domain/request-rooms.js';
import { contextOf } from './request-context.js';

/** Ours: the 100 devices of a bulk request, each with 8 KiB of attributes in ASCII, have less. */
const bodyBytesMax = 1024 * 1024;

/** Read and dropped, so that the client gets to see why, before the connection is cut. */
const droppedBytesMax = 4 * bodyBytesMax;

interface BodyTerms {
  readonly bytesMax: number;
  /** The code of what has more. */
  readonly tooLarge: 'GenericRequestEntityTooLarge' | 'MessageTooLarge';
}

const standardTerms: BodyTerms = {
  bytesMax: bodyBytesMax,
  tooLarge: 'GenericRequestEntityTooLarge',
};

/**
 * Reads the whole body.
 *
 * @throws HubError the code of `terms`, `ServiceUnavailable` when there is no memory for it, or
 *   `ClientClosedRequest` when the body broke off
 */
export async function readBody(
  request: IncomingMessage,
  response: ServerResponse,
  terms: BodyTerms = standardTerms,
): Promise<Buffer> {
  const roomBytes = makeRoom(request, terms);
  if (/^100-continue$/i.test(request.headers.expect ?? '')) {
    response.writeContinue();
  }
  return readBytes(request, roomBytes, terms);
}

/** Whether an answer must end the connection, because too much of the request is still to come. */
export function leavesUnreadBody(request: IncomingMessage): boolean {
  if (request.complete) {
    return false;
  }
  const { 'content-length': length = '0', 'transfer-encoding': coding, expect } = request.headers;
  return coding !== undefined || expect !== undefined || Number(length) > bodyBytesMax;
}

/**
 * Reserves memory for the whole body before reading, so that a body once begun can finish.
 *
 * @returns the bytes that it made room for
 */
function makeRoom(request: IncomingMessage, { bytesMax }: BodyTerms): number {
  const { 'content-length': length = '0', 'transfer-encoding': coding } = request.headers;
  const comingBytes = coding === undefined ? Number(length) : bytesMax;
  const bytes = Math.min(comingBytes, bytesMax);
  if (contextOf(request).room?.widen(bytes) === false) {
    throw noRoom();
  }
  return bytes;
}

async function readBytes(
  request: IncomingMessage,
  roomBytes: number,
  terms: BodyTerms,
): Promise<Buffer> {
  const context = contextOf(request);
  if (Number(request.headers['content-length'] ?? 0) > droppedBytesMax) {
    throw tooLarge(terms);
  }
  // Copied into it at once: a chunk that is kept takes some 400 bytes, and may bring one.
  const bytes = Buffer.allocUnsafeSlow(roomBytes);
  return new Promise((resolve, reject) => {
    request.on('data', (chunk: Buffer) => {
      chunk.copy(bytes, context.requestBytes);
      context.requestBytes += chunk.length;
      if (context.requestBytes > droppedBytesMax) {
        reject(tooLarge(terms));
      }
    });
    request.once('end', () => {
      if (context.requestBytes > terms.bytesMax) {
        reject(tooLarge(terms));
      } else {
        resolve(bytes.subarray(0, context.requestBytes));
      }
    });
    request.once('error', (error) => {
      reject(new HubError('ClientClosedRequest', 'The body broke off.', { cause: error }));
    });
  });
}

function tooLarge({ tooLarge: code, bytesMax }: BodyTerms): HubError {
  return new HubError(code, `The body may have ${bytesMax} bytes at most.`);
}
