import type { AmqpReader } from '../codec/amqp-reader.js';
import type { AmqpValue, Fields } from '../codec/amqp-value.js';
import type { AmqpWriter } from '../codec/amqp-writer.js';
import { textOf, writeFields } from '../codec/fields.js';
import { writeValue } from '../codec/write-value.js';
import { CompositeReader } from './composite-reader.js';
import { descriptors, readDescriptor } from './descriptors.js';

/** Where a link's messages come from (part 3, section 3.5.3). */
export interface Source extends Terminus {
  readonly distributionMode: string | null;
  readonly filter: Fields | null;
  readonly defaultOutcome: AmqpValue;
  readonly outcomes: AmqpValue;
}

/** Where a link's messages go (part 3, section 3.5.4). */
export type Target = Terminus;

interface Terminus {
  readonly address: string | null;
  readonly durable: number | null;
  readonly expiryPolicy: string | null;
  readonly timeoutSeconds: number | null;
  readonly dynamic: boolean | null;
  readonly dynamicNodeProperties: Fields | null;
  readonly capabilities: AmqpValue;
}

export function sourceAt(address: string | null): Source {
  return {
    ...targetAt(address),
    distributionMode: null,
    filter: null,
    defaultOutcome: null,
    outcomes: null,
  };
}

export function targetAt(address: string | null): Target {
  return {
    address,
    durable: null,
    expiryPolicy: null,
    timeoutSeconds: null,
    dynamic: null,
    dynamicNodeProperties: null,
    capabilities: null,
  };
}

export function readSource(reader: AmqpReader): Source {
  const list = openTerminus(reader, descriptors.source);
  if (list === undefined) {
    return sourceAt(null);
  }
  const source = {
    ...readCommon(list),
    distributionMode: list.text(),
    filter: list.fields(),
    defaultOutcome: list.value(),
    outcomes: list.value(),
    capabilities: list.value(),
  };
  list.end();
  return source;
}

export function readTarget(reader: AmqpReader): Target {
  const list = openTerminus(reader, descriptors.target);
  if (list === undefined) {
    return targetAt(null);
  }
  const target = { ...readCommon(list), capabilities: list.value() };
  list.end();
  return target;
}

/** Writes all eleven fields. */
export function writeSource(writer: AmqpWriter, source: Source | null): void {
  if (source === null) {
    writer.writeNull();
    return;
  }
  writer.writeDescriptor(descriptors.source);
  const list = writer.beginList();
  writeCommon(writer, source);
  writer.writeSymbol(source.distributionMode);
  writeFields(writer, source.filter);
  writeValue(writer, source.defaultOutcome);
  writeValue(writer, source.outcomes);
  writeValue(writer, source.capabilities);
  writer.endCompound(list, 11);
}

/** Writes all seven fields. */
export function writeTarget(writer: AmqpWriter, target: Target | null): void {
  if (target === null) {
    writer.writeNull();
    return;
  }
  writer.writeDescriptor(descriptors.target);
  const list = writer.beginList();
  writeCommon(writer, target);
  writeValue(writer, target.capabilities);
  writer.endCompound(list, 7);
}

/** Of another kind, as a coordinator of transactions, there is no address to read. */
function openTerminus(reader: AmqpReader, descriptor: number): CompositeReader | undefined {
  if (readDescriptor(reader) === descriptor) {
    return new CompositeReader(reader);
  }
  reader.skipValue();
  return undefined;
}

/** The first six fields, which source and target share. */
function readCommon(list: CompositeReader): Omit<Terminus, 'capabilities'> {
  return {
    address: textOf(list.value()),
    durable: list.uint(),
    expiryPolicy: list.text(),
    timeoutSeconds: list.uint(),
    dynamic: list.boolean(),
    dynamicNodeProperties: list.fields(),
  };
}

function writeCommon(writer: AmqpWriter, terminus: Terminus): void {
  writer.writeString(terminus.address);
  writer.writeUint(terminus.durable);
  writer.writeSymbol(terminus.expiryPolicy);
  writer.writeUint(terminus.timeoutSeconds);
  writer.writeBoolean(terminus.dynamic);
  writeFields(writer, terminus.dynamicNodeProperties);
}
