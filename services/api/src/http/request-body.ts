import type { IncomingMessage, ServerResponse } from 'node:http';
import { readBody as readBytes, type BodyTerms } from '@linchpin/platform/http-server';
import { noRoom } from '../domain/request-rooms.js';
import { contextOf } from './request-context.js';

type BodyLimit = Pick<BodyTerms, 'bytesMax' | 'tooLarge'>;

/** Ours: the 100 devices of a bulk request, each with 8 KiB of attributes in ASCII, have less. */
const standardLimit: BodyLimit = {
  bytesMax: 1024 * 1024,
  tooLarge: 'GenericRequestEntityTooLarge',
};

/**
 * Reads the whole body of an admitted request, in its room.
 *
 * @throws HubError the code of `limit`, `ServiceUnavailable` when there is no memory for it, or
 *   `ClientClosedRequest` when the body broke off
 */
export function readBody(
  request: IncomingMessage,
  response: ServerResponse,
  limit: BodyLimit = standardLimit,
): Promise<Buffer> {
  const context = contextOf(request);
  return readBytes(request, response, {
    ...limit,
    reserve: (bytes) => {
      if (context.room?.widen(bytes) === false) {
        throw noRoom();
      }
    },
    onRead: (bytes) => {
      context.requestBytes += bytes;
    },
  });
}
