/** What a reader asks for when it attaches (amqp.md section 9.4). */
import { textOf, type AmqpValue, type Attach, type Fields } from '@linchpin/amqp';
import { eventFilterName, parseEventFilter, type EventPosition } from '@linchpin/wire';
import { argumentOutOfRange, invalidFilter } from './event-hub-error.js';

export interface ReceiverTerms {
  readonly position: EventPosition;
  /** As the client calls the reader. */
  readonly name: string;
  readonly epoch: bigint | undefined;
  /** It wants to be told of the end of the partition with each event. */
  readonly asksLastEnqueued: boolean;
}

/** The capability by which readers ask for it. */
export const runtimeMetric = 'com.microsoft:enable-receiver-runtime-metric';

/** As Event Hubs has it. */
const nameLengthMax = 64;

/** @throws EventHubError */
export function readReceiverTerms(attach: Attach): ReceiverTerms {
  const { source, properties, desiredCapabilities } = attach;
  const name = textOf(properties?.get('com.microsoft:receiver-name') ?? null) ?? attach.name;
  return {
    position: readPosition(source?.filter ?? null),
    name: name.slice(0, nameLengthMax),
    epoch: readEpoch(properties?.get('com.microsoft:epoch') ?? null),
    asksLastEnqueued: desiredCapabilities.includes(runtimeMetric),
  };
}

/** Clients differ in the filter's descriptor, some have none; other filters say nothing here. */
function readPosition(filters: Fields | null): EventPosition {
  const given = filters?.get(eventFilterName) ?? null;
  if (given === null) {
    return { kind: 'earliest' };
  }
  const isDescribed = typeof given === 'object' && given.type === 'described';
  const text = textOf(isDescribed ? given.value : given);
  const position = text === null ? undefined : parseEventFilter(text);
  if (position === undefined) {
    throw invalidFilter();
  }
  return position;
}

function readEpoch(value: AmqpValue): bigint | undefined {
  if (value === null) {
    return undefined;
  }
  const number = typeof value === 'object' && numbers.has(value.type) ? value.value : undefined;
  if (typeof number !== 'number' && typeof number !== 'bigint') {
    throw argumentOutOfRange('The epoch of a receiver is a number.');
  }
  const epoch = BigInt(number);
  if (epoch < 0n || epoch > epochMax) {
    throw argumentOutOfRange(`The epoch of a receiver is 0 to ${epochMax}.`);
  }
  return epoch;
}

const numbers: ReadonlySet<string> = new Set([
  ...['long', 'int', 'short', 'byte'],
  ...['ulong', 'uint', 'ushort', 'ubyte'],
]);

const epochMax = 2n ** 63n - 1n;
