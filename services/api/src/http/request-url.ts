import assert from 'node:assert';
import type { IncomingMessage } from 'node:http';
import { formatPath } from './find-operation.js';
import { contextOf } from './request-context.js';

/** Of what an admitted request is about, without its query: each segment is encoded in one way, whatever the client's. */
export function urlOf(request: IncomingMessage): string {
  const { found } = contextOf(request);
  assert(found !== undefined, 'an admitted request has an operation');
  return `https://${request.headers.host ?? ''}${formatPath(found, encodeURIComponent)}`;
}
