/** An event of a hub as readers get it (amqp.md section 9.6). */
import {
  encodeMessage,
  long,
  timestamp,
  type AmqpValue,
  type MessageProperties,
} from '@linchpin/amqp';
import { hubProperties, parseIsoTime, type MessageProperty } from '@linchpin/wire';
import type { StoredEvent } from '../domain/event-log.js';

/** The end of a partition, as readers are told who asked for it. */
export interface LastEnqueued {
  /** Of the last event; -1 when there is none. */
  readonly sequenceNumber: number;
  readonly timeMs: number;
  /** When that was so. */
  readonly retrievedMs: number;
}

/** @param last is told when the reader asked for it */
export function encodeEvent(event: StoredEvent, last?: LastEnqueued): Buffer {
  const { sequenceNumber, enqueuedMs, body } = event;
  const { annotations, system, application } = sortProperties(event.properties);
  return encodeMessage({
    ...(last && { deliveryAnnotations: lastEnqueuedAnnotations(last) }),
    messageAnnotations: new Map<string, AmqpValue>([
      ...annotations,
      ['x-opt-sequence-number', long(sequenceNumber)],
      ['x-opt-offset', String(sequenceNumber)],
      ['x-opt-enqueued-time', timestamp(enqueuedMs)],
      [hubProperties.enqueuedTime, timestamp(enqueuedMs)],
    ]),
    ...(Object.keys(system).length > 0 && { properties: system }),
    ...(application.size > 0 && { applicationProperties: application }),
    body: { type: 'data', sections: [body] },
  });
}

type SystemProperties = { -readonly [Key in keyof MessageProperties]?: MessageProperties[Key] };

interface SortedProperties {
  readonly annotations: Map<string, AmqpValue>;
  readonly system: SystemProperties;
  readonly application: Map<string, AmqpValue>;
}

/** What gateways store under the documented names; all else is the device's own. */
function sortProperties(properties: readonly MessageProperty[]): SortedProperties {
  const sorted: SortedProperties = { annotations: new Map(), system: {}, application: new Map() };
  for (const [name, value] of properties) {
    if (annotationNames.has(name)) {
      sorted.annotations.set(name, value);
    } else if (value === null || !setProperty(sorted.system, name, value)) {
      sorted.application.set(name, value);
    }
  }
  return sorted;
}

const annotationNames: ReadonlySet<string> = new Set([
  hubProperties.connectionDeviceId,
  hubProperties.connectionModuleId,
  hubProperties.connectionAuthMethod,
  hubProperties.connectionAuthGenerationId,
  hubProperties.messageSource,
  hubProperties.modelId,
  'dt-subject',
  'iothub-interface-id',
]);

/** @returns false for a name that is none of a system property of AMQP, and a value that it cannot have */
function setProperty(properties: SystemProperties, name: string, value: string): boolean {
  switch (name) {
    case 'message-id':
      properties.messageId = value;
      return true;
    case 'correlation-id':
      properties.correlationId = value;
      return true;
    case 'user-id':
      properties.userId = Buffer.from(value);
      return true;
    case 'content-type':
      properties.contentType = isAscii(value) ? value : null;
      return properties.contentType !== null;
    case 'content-encoding':
      properties.contentEncoding = isAscii(value) ? value : null;
      return properties.contentEncoding !== null;
    case 'absolute-expiry-time': {
      const time = parseIsoTime(value)?.getTime();
      properties.absoluteExpiryTimeMs = time === undefined ? null : BigInt(time);
      return time !== undefined;
    }
    default:
      return false;
  }
}

/** All that a symbol can be. */
function isAscii(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text);
}

function lastEnqueuedAnnotations(last: LastEnqueued): Map<string, AmqpValue> {
  return new Map<string, AmqpValue>([
    ['last_enqueued_sequence_number', long(last.sequenceNumber)],
    ['last_enqueued_offset', String(last.sequenceNumber)],
    ['last_enqueued_time_utc', timestamp(last.timeMs)],
    ['runtime_info_retrieval_time_utc', timestamp(last.retrievedMs)],
  ]);
}
