/** What messages carry in types, as the text that the hub keeps of it. */
import { AmqpDecodeError, type AmqpValue } from '@linchpin/amqp';
import { formatIsoTime } from '@linchpin/wire';

/** @throws AmqpDecodeError for a value that is not a single one */
export function textOfProperty(value: AmqpValue): string | null {
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
      return formatIsoTime(dateOf(value.value));
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
export function dateOf(timeMs: bigint): Date {
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
