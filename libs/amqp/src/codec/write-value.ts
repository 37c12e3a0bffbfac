import type { AmqpWriter } from './amqp-writer.js';
import type { AmqpMap, AmqpValue, TypedBigint, TypedNumber } from './amqp-value.js';
import { typeCodes } from './type-codes.js';

/** Writes a value as its type, in that type's shortest form. */
export function writeValue(writer: AmqpWriter, value: AmqpValue): void {
  if (value === null || typeof value === 'boolean') {
    writer.writeBoolean(value);
    return;
  }
  if (typeof value === 'string') {
    writer.writeString(value);
    return;
  }
  switch (value.type) {
    case 'symbol':
      writer.writeSymbol(value.value);
      break;
    case 'binary':
      writer.writeBinary(value.value);
      break;
    case 'uuid':
    case 'decimal32':
    case 'decimal64':
    case 'decimal128':
      writer.writeUint8(typeCodes[value.type]);
      writer.writeRaw(value.value);
      break;
    case 'list':
      writeList(writer, value.value);
      break;
    case 'map':
      writeMap(writer, value);
      break;
    case 'array':
      writer.writeUint8(value.code);
      writer.writeRaw(value.encoded);
      break;
    case 'described':
      writer.writeUint8(typeCodes.described);
      writeValue(writer, value.descriptor);
      writeValue(writer, value.value);
      break;
    default:
      writeNumber(writer, value);
  }
}

function writeList(writer: AmqpWriter, values: readonly AmqpValue[]): void {
  const start = writer.beginList();
  for (const value of values) {
    writeValue(writer, value);
  }
  writer.endCompound(start, values.length);
}

function writeMap(writer: AmqpWriter, { value: entries }: AmqpMap): void {
  const start = writer.beginMap();
  for (const [key, value] of entries) {
    writeValue(writer, key);
    writeValue(writer, value);
  }
  writer.endCompound(start, 2 * entries.length);
}

function writeNumber(writer: AmqpWriter, value: TypedNumber | TypedBigint): void {
  switch (value.type) {
    case 'ubyte':
      writer.writeUbyte(value.value);
      break;
    case 'ushort':
      writer.writeUshort(value.value);
      break;
    case 'uint':
      writer.writeUint(value.value);
      break;
    case 'int':
      writer.writeInt(value.value);
      break;
    case 'ulong':
      writer.writeUlong(value.value);
      break;
    case 'long':
      writer.writeLong(value.value);
      break;
    case 'timestamp':
      writer.writeTimestamp(value.value);
      break;
    case 'byte':
      writer.writeUint8(typeCodes.byte);
      writer.writeUint8(value.value);
      break;
    case 'short':
      writer.writeUint8(typeCodes.short);
      writer.writeUint16(value.value & 0xffff);
      break;
    case 'char':
      writer.writeUint8(typeCodes.char);
      writer.writeUint32(value.value);
      break;
    case 'float':
      writer.writeUint8(typeCodes.float);
      writer.writeFloat(value.value);
      break;
    case 'double':
      writer.writeUint8(typeCodes.double);
      writer.writeDouble(value.value);
      break;
  }
}
