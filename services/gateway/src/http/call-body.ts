import type { NamedRooms } from '@linchpin/fairness';
import { readBody, type BodyTerms } from '@linchpin/platform/http-server';
import { HubError } from '@linchpin/wire';
import type { ServedCall } from './served-call.js';

const retryAfterMs = 1_000;

/**
 * Reads the whole body of a call of a device that was let in, in the memory of its hub. What the bytes mean is counted
 * elsewhere.
 *
 * @throws HubError the code of the terms, `ServiceUnavailable` when there is no memory for it, or `ClientClosedRequest`
 */
export async function readCallBody(
  served: ServedCall,
  rooms: NamedRooms,
  terms: Pick<BodyTerms, 'bytesMax' | 'tooLarge'>,
): Promise<Buffer> {
  const { request, response } = served.exchange;
  const room = rooms.enter(served.session?.grant.hub ?? '');
  try {
    return await readBody(request, response, {
      ...terms,
      reserve: (bytes) => {
        if (!room.resize(bytes)) {
          throw noRoom();
        }
      },
      onRead: (bytes) => {
        served.requestBytes += bytes;
      },
    });
  } finally {
    room.leave();
  }
}

function noRoom(): HubError {
  return new HubError(
    'ServiceUnavailable',
    'Bodies that are being read leave no memory for this request; try again.',
    { retryAfterMs },
  );
}
