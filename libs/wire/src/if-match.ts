import { HubError } from './hub-error.js';

/**
 * The entity tag that a request expects (service-rest.md section 1.4). SDKs write it in four ways that
 * mean two things: `"*"` and `*` are any tag, `"abc="` and `abc=` are this one.
 *
 * @returns `*`, the tag without quotes (`""` is one that nothing has), or undefined when none is stated
 */
export function parseIfMatch(header: string | undefined): string | undefined {
  const text = header?.trim().replace(/^W\//, '') ?? '';
  const unquoted = text.length >= 2 && text.startsWith('"') && text.endsWith('"');
  const tag = unquoted ? text.slice(1, -1) : text;
  return unquoted || tag !== '' ? tag : undefined;
}

/** Where a tag must be stated, be it `*`. @throws HubError ArgumentInvalid */
export function requireIfMatch(header: string | undefined): string {
  const tag = parseIfMatch(header);
  if (tag === undefined) {
    throw new HubError('ArgumentInvalid', 'If-Match: an entity tag, or *, must be stated.');
  }
  return tag;
}

/** The value of the header `ETag`; .NET's parser needs the quotes. */
export function formatEtag(tag: string): string {
  return `"${tag}"`;
}
