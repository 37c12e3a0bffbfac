/**
 * Where a reader of the built-in endpoint begins, as the filter of its link says (amqp.md section 9.4):
 *
 *     amqp.annotation.{name} (">" / ">=") (value / "'" value "'")
 *
 * Sequence numbers and offsets of a partition are the same numbers here.
 */

export type EventPosition =
  | { readonly kind: 'earliest' | 'latest' }
  /** The first event that is read. */
  | { readonly kind: 'sequence-number'; readonly first: bigint }
  /** The earliest time at which an event that is read was stored. */
  | { readonly kind: 'time'; readonly firstMs: number };

/** By which a link's filter is found in its source, and the same with a descriptor. */
export const eventFilterName = 'apache.org:selector-filter:string';

/** Undefined for a filter that is none of these. */
export function parseEventFilter(text: string): EventPosition | undefined {
  const match = text.length > filterLengthMax ? null : filterForm.exec(text);
  if (match === null) {
    return undefined;
  }
  const [, name = '', operator, quoted, bare] = match;
  const value = quoted ?? bare ?? '';
  const isInclusive = operator === '>=';
  switch (name.toLowerCase()) {
    case 'x-opt-offset':
      return fixedOffsets.get(value.toLowerCase()) ?? sequenceNumber(value, isInclusive);
    case 'x-opt-sequence-number':
      return value === '-1' && !isInclusive
        ? { kind: 'earliest' }
        : sequenceNumber(value, isInclusive);
    case 'x-opt-enqueued-time':
    case 'x-opt-enqueuedtimeutc':
      return time(value, isInclusive);
    default:
      return undefined;
  }
}

/** Of the longest that says something there is no need of more than half. */
const filterLengthMax = 128;

const filterForm = /^\s*amqp\.annotation\.([a-z-]+)\s*(>=?)\s*(?:'([^']*)'|([^\s']+))\s*$/i;

const fixedOffsets: ReadonlyMap<string, EventPosition> = new Map([
  ['-1', { kind: 'earliest' }],
  ['@latest', { kind: 'latest' }],
]);

function sequenceNumber(value: string, isInclusive: boolean): EventPosition | undefined {
  if (!/^\d{1,19}$/.test(value)) {
    return undefined;
  }
  return { kind: 'sequence-number', first: BigInt(value) + (isInclusive ? 0n : 1n) };
}

/** Milliseconds since 1970. */
function time(value: string, isInclusive: boolean): EventPosition | undefined {
  if (!/^\d{1,15}$/.test(value)) {
    return undefined;
  }
  return { kind: 'time', firstMs: Number(value) + (isInclusive ? 0 : 1) };
}
