import type { IncomingMessage } from 'node:http';
import { HubError } from '@linchpin/wire';

/**
 * Which host the client says that it speaks to, perhaps with a port: a request without it, or with what is no host,
 * is none (RFC 9112, 3.2).
 *
 * @returns undefined for HTTP/1.0, which need not say it
 * @throws HubError GenericBadRequest
 */
export function readHost({
  httpVersionMinor,
  headersDistinct,
  headers: { host },
}: IncomingMessage): string | undefined {
  if (httpVersionMinor > 0 && headersDistinct['host']?.length !== 1) {
    throw new HubError('GenericBadRequest', 'A request has the header Host once.');
  }
  if (host !== undefined && !/^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d*)?$/i.test(host)) {
    throw new HubError('GenericBadRequest', 'The header Host names a host, and a port if any.');
  }
  return host;
}
