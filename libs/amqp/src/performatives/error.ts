import type { AmqpValue, Fields } from '../codec/amqp-value.js';
import type { AmqpWriter } from '../codec/amqp-writer.js';
import { textOf, writeFields } from '../codec/fields.js';
import type { CompositeReader } from './composite-reader.js';
import { descriptors } from './descriptors.js';

/** The composite `error` (part 2, section 2.8.14): what a peer is told, nothing that is thrown. */
export interface AmqpError {
  readonly condition: string;
  readonly description: string | null;
  /** Has symbols for keys. */
  readonly info: Fields | null;
}

export function amqpError(condition: string, description: string | null = null): AmqpError {
  return { condition, description, info: null };
}

/** The field of an error; one that has none of its forms counts as left out, for some clients write such. */
export function readErrorField(list: CompositeReader): AmqpError | null {
  const value = list.value();
  if (!isObject(value) || value.type !== 'described') {
    return null;
  }
  const fields = value.value;
  if (!isObject(fields) || fields.type !== 'list') {
    return null;
  }
  const [condition = null, description = null, info = null] = fields.value;
  const name = textOf(condition);
  return name === null
    ? null
    : { condition: name, description: textOf(description), info: infoOf(info) };
}

/** Writes all three elements: fewer make one client crash (amqp.md §12.3). */
export function writeError(writer: AmqpWriter, error: AmqpError | null): void {
  if (error === null) {
    writer.writeNull();
    return;
  }
  writer.writeDescriptor(descriptors.error);
  const list = writer.beginList();
  writer.writeSymbol(error.condition);
  writer.writeString(error.description);
  writeFields(writer, error.info);
  writer.endCompound(list, 3);
}

function infoOf(value: AmqpValue): Fields | null {
  if (!isObject(value) || value.type !== 'map') {
    return null;
  }
  return new Map(value.value.map(([key, field]) => [textOf(key) ?? '', field]));
}

function isObject(value: AmqpValue): value is Extract<AmqpValue, object> {
  return typeof value === 'object' && value !== null;
}
