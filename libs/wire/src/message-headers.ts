/**
 * Properties of a message as headers of HTTP (device-https.md sections 1.4, 2 and 3, service-rest.md section 13.4), or
 * as members of a batch that are named like headers.
 */
import { HubError } from './hub-error.js';
import type { MessageProperty } from './system-properties.js';

export interface MessageHeaders {
  /** Of the application, each name once, as it was written. */
  readonly properties: readonly MessageProperty[];
  /** By lower-case name, `iothub-messageid` for one; an empty value counts as none: clients send them so. */
  readonly system: (name: string) => string | undefined;
}

/** Reads one value. @throws HubError ArgumentInvalid, naming the header */
export type ReadHeaderValue = (name: string, value: string) => string;

export const applicationHeaderPrefix = 'iothub-app-';

/**
 * Of two headers of one name the last counts.
 *
 * @param headers names and values by turns; names of HTTP hold nothing but what a token may (RFC 9110, 5.6.2)
 * @throws HubError ArgumentInvalid for a property without a name, and what `readValue` throws of what is asked for
 */
export function readMessageHeaders(
  headers: readonly string[],
  readValue: ReadHeaderValue = readUtf8,
): MessageHeaders {
  const others = new Map<string, string>();
  const properties = new Map<string, string>();
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const name = headers[index] ?? '';
    const value = headers[index + 1] ?? '';
    const lowerCase = name.toLowerCase();
    if (lowerCase.startsWith(applicationHeaderPrefix)) {
      properties.set(nameOf(name), readValue(name, value));
    } else {
      others.set(lowerCase, value);
    }
  }
  return {
    properties: [...properties],
    system: (name) => {
      const value = others.get(name) ?? '';
      return value === '' ? undefined : readValue(name, value);
    },
  };
}

/** A value of ours as a header may have it: UTF-8, without what would end the header. */
export function formatHeaderValue(text: string): string {
  return isPlain(text) ? text : Buffer.from(text.replaceAll(controls, '')).toString('latin1');
}

/** Whether a property of the name can be a header at all. */
export function isHeaderName(name: string): boolean {
  return /^[\w!#$%&'*+.^`|~-]+$/.test(name);
}

/** Whether it stands in a header as it is, in whatever encoding. */
export function isHeaderText(text: string): boolean {
  return text.search(controls) < 0;
}

// eslint-disable-next-line no-control-regex -- these end a header, or are in none
const controls = /[\0-\x08\x0a-\x1f\x7f]/g;

function nameOf(header: string): string {
  const name = header.slice(applicationHeaderPrefix.length);
  if (name === '') {
    throw new HubError('ArgumentInvalid', `${header}: a property has a name.`);
  }
  return name;
}

/** Node gives each byte as a character; what came was UTF-8. */
function readUtf8(name: string, value: string): string {
  if (isPlain(value)) {
    return value;
  }
  try {
    return utf8.decode(Buffer.from(value, 'latin1'));
  } catch (cause) {
    throw new HubError('ArgumentInvalid', `${name}: must be text in UTF-8.`, { cause });
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function isPlain(text: string): boolean {
  return /^[\t\x20-\x7e]*$/.test(text);
}
