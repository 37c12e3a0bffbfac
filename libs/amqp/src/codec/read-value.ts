import { AmqpDecodeError } from './amqp-decode-error.js';
import { unexpected, type AmqpReader } from './amqp-reader.js';
import type { AmqpArray, AmqpValue, TypedValue } from './amqp-value.js';
import { typeCodes } from './type-codes.js';

/**
 * Reads whatever value comes, with its type (AMQP 1.0 part 1).
 *
 * @throws AmqpDecodeError
 */
export function readValue(reader: AmqpReader): AmqpValue {
  const code = reader.readUint8();
  if (code !== typeCodes.described) {
    return readBody(reader, code);
  }
  reader.enter();
  const descriptor = readValue(reader);
  const value = readValue(reader);
  reader.leave();
  return { type: 'described', descriptor, value };
}

/** What follows a constructor. */
function readBody(reader: AmqpReader, code: number): AmqpValue {
  switch (code) {
    case typeCodes.null:
      return null;
    case typeCodes.true:
      return true;
    case typeCodes.false:
      return false;
    case typeCodes.boolean:
      return reader.readUint8() !== 0;
    case typeCodes.string8:
      return reader.readUtf8(reader.readUint8());
    case typeCodes.string32:
      return reader.readUtf8(reader.readUint32());
    default:
      return readNumber(reader, code) ?? readBytes(reader, code) ?? readCompound(reader, code);
  }
}

function readNumber(reader: AmqpReader, code: number): TypedValue | undefined {
  switch (code) {
    case typeCodes.ubyte:
      return { type: 'ubyte', value: reader.readUint8() };
    case typeCodes.ushort:
      return { type: 'ushort', value: reader.readUint16() };
    case typeCodes.uint0:
      return { type: 'uint', value: 0 };
    case typeCodes.smalluint:
      return { type: 'uint', value: reader.readUint8() };
    case typeCodes.uint:
      return { type: 'uint', value: reader.readUint32() };
    case typeCodes.byte:
      return { type: 'byte', value: signed8(reader) };
    case typeCodes.short:
      return { type: 'short', value: (reader.readUint16() << 16) >> 16 };
    case typeCodes.smallint:
      return { type: 'int', value: signed8(reader) };
    case typeCodes.int:
      return { type: 'int', value: reader.readUint32() | 0 };
    case typeCodes.float:
      return { type: 'float', value: reader.readFixed(4).readFloatBE() };
    case typeCodes.double:
      return { type: 'double', value: reader.readFixed(8).readDoubleBE() };
    case typeCodes.char:
      return { type: 'char', value: readChar(reader) };
    default:
      return readBigNumber(reader, code);
  }
}

function readBigNumber(reader: AmqpReader, code: number): TypedValue | undefined {
  switch (code) {
    case typeCodes.ulong0:
      return { type: 'ulong', value: 0n };
    case typeCodes.smallulong:
      return { type: 'ulong', value: BigInt(reader.readUint8()) };
    case typeCodes.ulong:
      return { type: 'ulong', value: reader.readFixed(8).readBigUInt64BE() };
    case typeCodes.smalllong:
      return { type: 'long', value: BigInt(signed8(reader)) };
    case typeCodes.long:
      return { type: 'long', value: reader.readFixed(8).readBigInt64BE() };
    case typeCodes.timestamp:
      return { type: 'timestamp', value: reader.readFixed(8).readBigInt64BE() };
    default:
      return undefined;
  }
}

function readBytes(reader: AmqpReader, code: number): TypedValue | undefined {
  switch (code) {
    case typeCodes.symbol8:
      return { type: 'symbol', value: reader.readAscii(reader.readUint8()) };
    case typeCodes.symbol32:
      return { type: 'symbol', value: reader.readAscii(reader.readUint32()) };
    case typeCodes.binary8:
      return { type: 'binary', value: reader.readFixed(reader.readUint8()) };
    case typeCodes.binary32:
      return { type: 'binary', value: reader.readFixed(reader.readUint32()) };
    case typeCodes.uuid:
      return { type: 'uuid', value: reader.readFixed(16) };
    case typeCodes.decimal32:
      return { type: 'decimal32', value: reader.readFixed(4) };
    case typeCodes.decimal64:
      return { type: 'decimal64', value: reader.readFixed(8) };
    case typeCodes.decimal128:
      return { type: 'decimal128', value: reader.readFixed(16) };
    default:
      return undefined;
  }
}

function readCompound(reader: AmqpReader, code: number): TypedValue {
  reader.enter();
  const value = readElements(reader, code);
  reader.leave();
  return value;
}

function readElements(reader: AmqpReader, code: number): TypedValue {
  switch (code) {
    case typeCodes.list0:
      return { type: 'list', value: [] };
    case typeCodes.list8:
      return { type: 'list', value: readList(reader, 1) };
    case typeCodes.list32:
      return { type: 'list', value: readList(reader, 4) };
    case typeCodes.map8:
      return { type: 'map', value: readEntries(reader, 1) };
    case typeCodes.map32:
      return { type: 'map', value: readEntries(reader, 4) };
    case typeCodes.array8:
    case typeCodes.array32:
      return readArray(reader, code);
    default:
      throw unexpected('a value', code);
  }
}

function readList(reader: AmqpReader, width: 1 | 4): AmqpValue[] {
  const count = reader.readCompoundHead(width, 1);
  const end = reader.compoundEnd;
  const values: AmqpValue[] = [];
  for (let index = 0; index < count; index++) {
    values.push(readValue(reader));
  }
  endExactly(reader, end);
  return values;
}

function readEntries(reader: AmqpReader, width: 1 | 4): [AmqpValue, AmqpValue][] {
  const count = reader.readCompoundHead(width, 1);
  const end = reader.compoundEnd;
  if (count % 2 !== 0) {
    throw new AmqpDecodeError('a map with a key without a value');
  }
  const entries: [AmqpValue, AmqpValue][] = [];
  for (let index = 0; index < count; index += 2) {
    entries.push([readValue(reader), readValue(reader)]);
  }
  endExactly(reader, end);
  return entries;
}

/** `size count constructor element*`: elements of one constructor, which may take no bytes each. */
function readArray(reader: AmqpReader, code: number): AmqpArray {
  const start = reader.position;
  const count = reader.readCompoundHead(code === typeCodes.array8 ? 1 : 4, 0);
  const end = reader.compoundEnd;
  const elementCode = reader.readUint8();
  const value =
    elementCode === typeCodes.described
      ? readDescribedElements(reader, count)
      : readBodies(reader, elementCode, count);
  endExactly(reader, end);
  return { type: 'array', value, code, encoded: reader.slice(start, end) };
}

/** The constructor has the descriptor, which counts for all. */
function readDescribedElements(reader: AmqpReader, count: number): AmqpValue[] {
  const descriptor = readValue(reader);
  return readBodies(reader, reader.readUint8(), count).map((value) => ({
    type: 'described',
    descriptor,
    value,
  }));
}

function readBodies(reader: AmqpReader, code: number, count: number): AmqpValue[] {
  if (code >> 4 === sizelessCodes) {
    reader.countSizeless(count);
  }
  const values: AmqpValue[] = [];
  for (let index = 0; index < count; index++) {
    values.push(readBody(reader, code));
  }
  return values;
}

function endExactly(reader: AmqpReader, end: number): void {
  if (reader.position !== end) {
    throw new AmqpDecodeError('a compound value whose size is not that of its elements');
  }
}

function readChar(reader: AmqpReader): number {
  const codePoint = reader.readUint32();
  if (codePoint > codePointMax) {
    throw new AmqpDecodeError(`a char of ${codePoint}`);
  }
  return codePoint;
}

function signed8(reader: AmqpReader): number {
  return (reader.readUint8() << 24) >> 24;
}

/** The upper half of the codes of values that take no bytes. */
const sizelessCodes = 0x4;

const codePointMax = 0x10ffff;
