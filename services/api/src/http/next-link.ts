import type { IncomingMessage } from 'node:http';
import { contextOf } from './request-context.js';
import { urlOf } from './request-url.js';

/** Where a list goes on (service-rest.md section 14.3): the same question from another place on. */
export function nextLink(request: IncomingMessage, skipToken: string): string {
  const query = new URLSearchParams([...contextOf(request).target.query]);
  query.delete('$skiptoken');
  query.set('$skipToken', skipToken);
  return `${urlOf(request)}?${query.toString()}`;
}
