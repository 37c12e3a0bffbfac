/**
 * What a request is for (service-rest.md section 1.1). Clients differ in what they encode, so each
 * segment of the path is decoded once and leniently: `+` is a plus, and a `%` that begins no escape
 * stays as it is.
 *
 *     target   = [ scheme "://" host ] path [ "?" query ]
 *     path     = 1*( "/" segment ) [ "/" ]
 */
import { percentDecode } from '@linchpin/wire';

export interface RequestTarget {
  /** Decoded; a segment may hold any character, a slash among them. */
  readonly segments: readonly string[];
  /** By lower-case name; of a name given twice the first counts. */
  readonly query: ReadonlyMap<string, string>;
}

export function parseRequestTarget(target: string): RequestTarget {
  const relative = target.replace(/^https?:\/\/[^/?]*/i, '');
  const queryStart = relative.indexOf('?');
  const path = queryStart < 0 ? relative : relative.slice(0, queryStart);
  const query = queryStart < 0 ? '' : relative.slice(queryStart + 1);
  return { segments: parsePath(path), query: parseQuery(query) };
}

function parsePath(path: string): string[] {
  const segments = path.replace(/^\//, '').split('/');
  if (segments.length > 1 && segments.at(-1) === '') {
    segments.pop();
  }
  return segments.map(percentDecode);
}

function parseQuery(text: string): Map<string, string> {
  const query = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(text)) {
    const key = name.toLowerCase();
    if (!query.has(key)) {
      query.set(key, value);
    }
  }
  return query;
}
