/** A device's message over AMQP, as it is stored (amqp.md section 6.1). */
import {
  bytesOfBody,
  ReceivedMessage,
  textOf,
  type Fields,
  type MessageProperties as AmqpProperties,
} from '@linchpin/amqp';
import {
  formatIsoTime,
  isReservedInTelemetry,
  type MessageProperties,
  type MessageProperty,
} from '@linchpin/wire';
import { dateOf, textOfProperty } from './property-text.js';
import { keepable } from '../sockets/keepable.js';

export interface ReceivedTelemetry {
  readonly body: Buffer;
  readonly message: MessageProperties;
}

/** @param payload a view of what the socket gave @throws AmqpDecodeError */
export function readTelemetry(payload: Buffer): ReceivedTelemetry {
  const received = new ReceivedMessage(payload);
  const system = systemProperties(received.properties);
  const application = applicationProperties(received.applicationProperties);
  const annotated = annotations(received.messageAnnotations);
  return {
    body: keepable(bytesOfBody(received.body), payload),
    message: {
      properties: [...system, ...annotated, ...application],
      countedBytes:
        valueBytes(system) +
        valueBytes(annotated) +
        valueBytes(application) +
        nameBytes(application),
    },
  };
}

function systemProperties(properties: AmqpProperties | undefined): readonly MessageProperty[] {
  if (properties === undefined) {
    return noProperties;
  }
  const { messageId, correlationId, userId, contentType, contentEncoding } = properties;
  const { absoluteExpiryTimeMs } = properties;
  const pairs: readonly (readonly [name: string, value: string | null])[] = [
    ['message-id', textOfProperty(messageId)],
    ['correlation-id', textOfProperty(correlationId)],
    ['user-id', userId?.toString('utf8') ?? null],
    ['content-type', contentType],
    ['content-encoding', contentEncoding],
    [
      'absolute-expiry-time',
      absoluteExpiryTimeMs === null ? null : formatIsoTime(dateOf(absoluteExpiryTimeMs)),
    ],
  ];
  return pairs.filter(([, value]) => value !== null && value !== '');
}

/** What only the hub says no device can, nor pass another off as a system property. */
function applicationProperties(properties: Fields | undefined): readonly MessageProperty[] {
  if (properties === undefined || properties.size === 0) {
    return noProperties;
  }
  return [...properties]
    .filter(([name]) => !isReservedInTelemetry(name))
    .map(([name, value]) => [name, value === null ? null : textOfProperty(value)] as const);
}

function annotations(fields: Fields | undefined): readonly MessageProperty[] {
  if (fields === undefined || fields.size === 0) {
    return noProperties;
  }
  return [...annotationNames].flatMap(([annotation, name]) => {
    const text = textOf(fields.get(annotation) ?? null);
    return text === null ? [] : [[name, text] as const];
  });
}

/** Those of a device that are stored, by the names under which they are. */
const annotationNames: ReadonlyMap<string, string> = new Map([
  ['dt-subject', 'dt-subject'],
  ['iothub-interface-id', 'iothub-interface-id'],
  ['Diagnostic-Id', 'iothub-diag-id'],
  ['Correlation-Context', 'diag-correlation-context'],
]);

const noProperties: readonly MessageProperty[] = [];

function valueBytes(properties: readonly MessageProperty[]): number {
  return properties.reduce((bytes, [, value]) => bytes + Buffer.byteLength(value ?? ''), 0);
}

function nameBytes(properties: readonly MessageProperty[]): number {
  return properties.reduce((bytes, [name]) => bytes + Buffer.byteLength(name), 0);
}
