import type { AmqpReader } from './amqp-reader.js';
import type { AmqpValue, Fields } from './amqp-value.js';
import type { AmqpWriter } from './amqp-writer.js';
import { readValue } from './read-value.js';
import { writeValue } from './write-value.js';

/**
 * Reads a map by its keys' text: `fields`, annotations, filters, application properties. Keys of other
 * types are reserved, and their values left out.
 */
export function readFields(reader: AmqpReader): Map<string, AmqpValue> {
  const count = reader.readMapHead();
  const end = reader.compoundEnd;
  const fields = new Map<string, AmqpValue>();
  reader.enter();
  for (let index = 0; index < count; index += 2) {
    const key = readValue(reader);
    const value = readValue(reader);
    const name = textOf(key);
    if (name !== null) {
      fields.set(name, value);
    }
  }
  reader.leave();
  reader.leaveCompound(end);
  return fields;
}

/** Writes a map with symbols for keys, or null. */
export function writeFields(writer: AmqpWriter, fields: Fields | null): void {
  if (fields === null) {
    writer.writeNull();
    return;
  }
  const start = writer.beginMap();
  for (const [key, value] of fields) {
    writer.writeSymbol(key);
    writeValue(writer, value);
  }
  writer.endCompound(start, 2 * fields.size);
}

/** Writes a map with strings for keys, which only application properties have. */
export function writeStringFields(writer: AmqpWriter, fields: Fields): void {
  const start = writer.beginMap();
  for (const [key, value] of fields) {
    writer.writeString(key);
    writeValue(writer, value);
  }
  writer.endCompound(start, 2 * fields.size);
}

/** What a string or a symbol says; of all else nothing. */
export function textOf(value: AmqpValue): string | null {
  if (typeof value === 'string') {
    return value;
  }
  return value !== null && typeof value === 'object' && value.type === 'symbol'
    ? value.value
    : null;
}
