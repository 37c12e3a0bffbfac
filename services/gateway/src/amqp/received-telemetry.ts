/** A device's message over AMQP, as it is stored (amqp.md section 6.1). */
import {
  AmqpDecodeError,
  bytesOfBody,
  ReceivedMessage,
  textOf,
  type AmqpValue,
  type Fields,
  type MessageProperties as AmqpProperties,
} from '@linchpin/amqp';
import {
  formatIsoTime,
  isReservedInTelemetry,
  type MessageProperties,
  type MessageProperty,
} from '@linchpin/wire';
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
    ['message-id', textOfValue(messageId)],
    ['correlation-id', textOfValue(correlationId)],
    ['user-id', userId?.toString('utf8') ?? null],
    ['content-type', contentType],
    ['content-encoding', contentEncoding],
    [
      'absolute-expiry-time',
      absoluteExpiryTimeMs === null ? null : formatIsoTime(toDate(absoluteExpiryTimeMs)),
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
    .map(([name, value]) => [name, value === null ? null : textOfValue(value)] as const);
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

/** @throws AmqpDecodeError for a value that is not a single one */
function textOfValue(value: AmqpValue): string | null {
  if (value === null || typeof value === 'string') {
    return value;
  }
  if (typeof value === 'boolean') {
    return String(value);
  }
  switch (value.type) {
    case 'symbol':
      return value.value;
    case 'timestamp':
      return formatIsoTime(toDate(value.value));
    case 'uuid':
      return formatUuid(value.value);
    case 'binary':
      return value.value.toString('base64');
    case 'char':
      return String.fromCodePoint(value.value);
    case 'list':
    case 'map':
    case 'array':
    case 'described':
    case 'decimal32':
    case 'decimal64':
    case 'decimal128':
      throw new AmqpDecodeError(`a property of the type ${value.type}`);
    default:
      return String(value.value);
  }
}

/** @throws AmqpDecodeError for a time that no calendar has */
function toDate(timeMs: bigint): Date {
  const date = new Date(Number(timeMs));
  const year = date.getUTCFullYear();
  if (!(year >= 1 && year <= 9_999)) {
    throw new AmqpDecodeError('a time that no calendar has');
  }
  return date;
}

function formatUuid(bytes: Buffer): string {
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

function valueBytes(properties: readonly MessageProperty[]): number {
  return properties.reduce((bytes, [, value]) => bytes + Buffer.byteLength(value ?? ''), 0);
}

function nameBytes(properties: readonly MessageProperty[]): number {
  return properties.reduce((bytes, [name]) => bytes + Buffer.byteLength(name), 0);
}
