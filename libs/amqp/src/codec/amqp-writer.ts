import { typeCodes } from './type-codes.js';

/**
 * Encodes into a buffer that grows. Each value takes the shortest form of its type, and null the null
 * value, which is how a field is left out.
 */
export class AmqpWriter {
  #bytes: Buffer;
  #length = 0;

  constructor(capacity = 256) {
    this.#bytes = Buffer.allocUnsafe(capacity);
  }

  get length(): number {
    return this.#length;
  }

  /** What is written since the last call, which nothing will change any more. */
  take(): Buffer {
    const taken = this.#bytes.subarray(0, this.#length);
    // The rest may be used: what is taken does not reach there.
    this.#bytes = this.#bytes.subarray(this.#length);
    this.#length = 0;
    return taken;
  }

  /** What was written from this position on counts no more. */
  takeBack(position: number): void {
    this.#length = position;
  }

  writeNull(): void {
    this.writeUint8(typeCodes.null);
  }

  writeBoolean(value: boolean | null): void {
    if (value === null) {
      this.writeNull();
    } else {
      this.writeUint8(value ? typeCodes.true : typeCodes.false);
    }
  }

  writeUbyte(value: number | null): void {
    if (value === null) {
      this.writeNull();
    } else {
      this.#writeCodeAndByte(typeCodes.ubyte, value);
    }
  }

  writeUshort(value: number | null): void {
    if (value === null) {
      this.writeNull();
    } else {
      this.writeUint8(typeCodes.ushort);
      this.writeUint16(value);
    }
  }

  writeUint(value: number | null): void {
    if (value === null) {
      this.writeNull();
    } else if (value === 0) {
      this.writeUint8(typeCodes.uint0);
    } else if (value < 0x100) {
      this.#writeCodeAndByte(typeCodes.smalluint, value);
    } else {
      this.writeUint8(typeCodes.uint);
      this.writeUint32(value);
    }
  }

  writeUlong(value: bigint | null): void {
    if (value === null) {
      this.writeNull();
    } else if (value === 0n) {
      this.writeUint8(typeCodes.ulong0);
    } else if (value < 0x100n) {
      this.#writeCodeAndByte(typeCodes.smallulong, Number(value));
    } else {
      this.writeUint8(typeCodes.ulong);
      this.writeUint64(value);
    }
  }

  writeInt(value: number): void {
    if (value >= -0x80 && value < 0x80) {
      this.#writeCodeAndByte(typeCodes.smallint, value);
    } else {
      this.writeUint8(typeCodes.int);
      this.writeUint32(value >>> 0);
    }
  }

  writeLong(value: bigint): void {
    if (value >= -0x80n && value < 0x80n) {
      this.#writeCodeAndByte(typeCodes.smalllong, Number(value));
    } else {
      this.writeUint8(typeCodes.long);
      this.writeUint64(BigInt.asUintN(64, value));
    }
  }

  writeTimestamp(value: bigint | null): void {
    if (value === null) {
      this.writeNull();
    } else {
      this.writeUint8(typeCodes.timestamp);
      this.writeUint64(BigInt.asUintN(64, value));
    }
  }

  writeBinary(value: Buffer | null): void {
    if (value === null) {
      this.writeNull();
    } else {
      this.#writeVariableHead(typeCodes.binary8, value.length);
      this.writeRaw(value);
    }
  }

  writeString(value: string | null): void {
    if (value === null) {
      this.writeNull();
    } else {
      this.#writeVariableHead(typeCodes.string8, Buffer.byteLength(value));
      this.writeUtf8(value);
    }
  }

  writeSymbol(value: string | null): void {
    if (value === null) {
      this.writeNull();
    } else {
      this.#writeVariableHead(typeCodes.symbol8, value.length);
      this.writeLatin1(value);
    }
  }

  /** The constructor of a described value with a small numeric descriptor; the value comes next. */
  writeDescriptor(code: number): void {
    this.writeUint8(typeCodes.described);
    this.#writeCodeAndByte(typeCodes.smallulong, code);
  }

  /** @returns what `endCompound` wants when the elements are written */
  beginList(): number {
    return this.beginCompound(typeCodes.list8);
  }

  beginMap(): number {
    return this.beginCompound(typeCodes.map8);
  }

  beginCompound(code8: number): number {
    const start = this.#reserve(3);
    this.#bytes[start] = code8;
    return start;
  }

  /** Writes size and count where the compound value began, which moves what is long to make room. */
  endCompound(start: number, count: number): void {
    const bytes = this.#length - start - 3;
    if (bytes < 0xff && count <= 0xff) {
      this.#bytes[start + 1] = bytes + 1;
      this.#bytes[start + 2] = count;
      return;
    }
    this.#reserve(6);
    this.#bytes.copyWithin(start + 9, start + 3, start + 3 + bytes);
    this.#bytes[start] = (this.#bytes[start] ?? 0) + 0x10;
    this.#bytes.writeUInt32BE(bytes + 4, start + 1);
    this.#bytes.writeUInt32BE(count, start + 5);
  }

  writeUint8(value: number): void {
    const position = this.#reserve(1);
    this.#bytes[position] = value;
  }

  writeUint16(value: number): void {
    const position = this.#reserve(2);
    this.#bytes.writeUInt16BE(value, position);
  }

  writeUint32(value: number): void {
    const position = this.#reserve(4);
    this.#bytes.writeUInt32BE(value, position);
  }

  writeUint64(value: bigint): void {
    const position = this.#reserve(8);
    this.#bytes.writeBigUInt64BE(value, position);
  }

  writeFloat(value: number): void {
    const position = this.#reserve(4);
    this.#bytes.writeFloatBE(value, position);
  }

  writeDouble(value: number): void {
    const position = this.#reserve(8);
    this.#bytes.writeDoubleBE(value, position);
  }

  /** Bytes that are encoded already. */
  writeRaw(bytes: Buffer): void {
    const position = this.#reserve(bytes.length);
    this.#bytes.set(bytes, position);
  }

  writeUtf8(text: string): void {
    const position = this.#reserve(Buffer.byteLength(text));
    this.#bytes.write(text, position, 'utf8');
  }

  writeLatin1(text: string): void {
    const position = this.#reserve(text.length);
    this.#bytes.write(text, position, 'latin1');
  }

  /** Writes over what was written, as a frame's size when its end is known. */
  patchUint32(position: number, value: number): void {
    this.#bytes.writeUInt32BE(value, position);
  }

  #writeCodeAndByte(code: number, byte: number): void {
    const position = this.#reserve(2);
    this.#bytes[position] = code;
    this.#bytes[position + 1] = byte;
  }

  /** The constructor with a length in one byte, or the one sixteen above it with four. */
  #writeVariableHead(code8: number, length: number): void {
    if (length < 0x100) {
      this.#writeCodeAndByte(code8, length);
    } else {
      this.writeUint8(code8 + 0x10);
      this.writeUint32(length);
    }
  }

  #reserve(length: number): number {
    const position = this.#length;
    const needed = position + length;
    if (needed > this.#bytes.length) {
      const grown = Buffer.allocUnsafe(Math.max(needed, 2 * position, bytesMin));
      this.#bytes.copy(grown, 0, 0, position);
      this.#bytes = grown;
    }
    this.#length = needed;
    return position;
  }
}

const bytesMin = 256;
