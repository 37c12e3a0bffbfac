import { isUtf8 } from 'node:buffer';
import { AmqpDecodeError } from './amqp-decode-error.js';
import { typeCodes } from './type-codes.js';

/** Compound values and descriptors within one another. */
const depthMax = 16;

/** Of all compound values that are read between two calls of `reset`. */
const elementsMax = 16_384;

/** Of those, the elements of arrays that take no bytes: nobody has a use for many. */
const sizelessElementsMax = 256;

/**
 * A cursor over encoded values. Whatever the bytes are, it stays between the two ends and throws
 * nothing but AmqpDecodeError. A reader of one type gives null for the null value.
 */
export class AmqpReader {
  position = 0;
  #bytes: Buffer = noBytes;
  #end = 0;
  #compoundEnd = 0;
  #depth = 0;
  #elements = 0;
  #sizelessElements = 0;

  constructor(bytes: Buffer = noBytes) {
    this.reset(bytes, 0, bytes.length);
  }

  /** Turns to other bytes, so that one reader serves many frames. */
  reset(bytes: Buffer, position: number, end: number): void {
    this.#bytes = bytes;
    this.position = position;
    this.#end = end;
    this.#depth = 0;
    this.#elements = 0;
    this.#sizelessElements = 0;
  }

  /** How many elements the compound values have that were read, whatever bytes they took. */
  get elements(): number {
    return this.#elements;
  }

  get isAtEnd(): boolean {
    return this.position >= this.#end;
  }

  /** Where the list, map or array ends whose head was read last. */
  get compoundEnd(): number {
    return this.#compoundEnd;
  }

  /** All that is left, as a view. */
  rest(): Buffer {
    return this.#bytes.subarray(this.position, this.#end);
  }

  /** A reader of a copy of all that is left: what it gives keeps nothing else alive. */
  copyRest(): AmqpReader {
    return new AmqpReader(Buffer.from(this.rest()));
  }

  /** How many bytes are left. */
  get restBytes(): number {
    return this.#end - this.position;
  }

  /** What lies between two positions, as a view. */
  slice(start: number, end: number): Buffer {
    return this.#bytes.subarray(start, end);
  }

  /** Steps into a value within a value. Each call is followed by one of `leave`. */
  enter(): void {
    this.#depth += 1;
    if (this.#depth > depthMax) {
      throw new AmqpDecodeError(`values more than ${depthMax} deep`);
    }
  }

  leave(): void {
    this.#depth -= 1;
  }

  readBoolean(): boolean | null {
    const code = this.readUint8();
    switch (code) {
      case typeCodes.true:
        return true;
      case typeCodes.false:
        return false;
      case typeCodes.boolean:
        return this.readUint8() !== 0;
      case typeCodes.null:
        return null;
      default:
        throw unexpected('a boolean', code);
    }
  }

  readUbyte(): number | null {
    const code = this.readUint8();
    if (code === typeCodes.null) {
      return null;
    }
    if (code !== typeCodes.ubyte) {
      throw unexpected('a ubyte', code);
    }
    return this.readUint8();
  }

  readUshort(): number | null {
    const code = this.readUint8();
    if (code === typeCodes.null) {
      return null;
    }
    if (code !== typeCodes.ushort) {
      throw unexpected('a ushort', code);
    }
    return this.readUint16();
  }

  readUint(): number | null {
    const code = this.readUint8();
    switch (code) {
      case typeCodes.smalluint:
        return this.readUint8();
      case typeCodes.uint:
        return this.readUint32();
      case typeCodes.uint0:
        return 0;
      case typeCodes.null:
        return null;
      default:
        throw unexpected('a uint', code);
    }
  }

  readUlong(): bigint | null {
    const code = this.readUint8();
    switch (code) {
      case typeCodes.smallulong:
        return BigInt(this.readUint8());
      case typeCodes.ulong:
        return this.readFixed(8).readBigUInt64BE();
      case typeCodes.ulong0:
        return 0n;
      case typeCodes.null:
        return null;
      default:
        throw unexpected('a ulong', code);
    }
  }

  readTimestamp(): bigint | null {
    const code = this.readUint8();
    if (code === typeCodes.null) {
      return null;
    }
    if (code !== typeCodes.timestamp) {
      throw unexpected('a timestamp', code);
    }
    return this.readFixed(8).readBigInt64BE();
  }

  /** A view of what is read. */
  readBinary(): Buffer | null {
    const code = this.readUint8();
    switch (code) {
      case typeCodes.binary8:
        return this.readFixed(this.readUint8());
      case typeCodes.binary32:
        return this.readFixed(this.readUint32());
      case typeCodes.null:
        return null;
      default:
        throw unexpected('a binary', code);
    }
  }

  /** A string or a symbol: clients take one for the other, and neither reads as anything else. */
  readText(): string | null {
    const code = this.readUint8();
    switch (code) {
      case typeCodes.string8:
        return this.readUtf8(this.readUint8());
      case typeCodes.symbol8:
        return this.readAscii(this.readUint8());
      case typeCodes.string32:
        return this.readUtf8(this.readUint32());
      case typeCodes.symbol32:
        return this.readAscii(this.readUint32());
      case typeCodes.null:
        return null;
      default:
        throw unexpected('a string', code);
    }
  }

  /** How many elements a list has, which come next; null is an empty one. */
  readListHead(): number {
    const code = this.readUint8();
    switch (code) {
      case typeCodes.list8:
        return this.readCompoundHead(1, 1);
      case typeCodes.list32:
        return this.readCompoundHead(4, 1);
      case typeCodes.list0:
      case typeCodes.null:
        this.#compoundEnd = this.position;
        return 0;
      default:
        throw unexpected('a list', code);
    }
  }

  /** How many keys and values a map has together; null is an empty one. */
  readMapHead(): number {
    const code = this.readUint8();
    if (code === typeCodes.null) {
      this.#compoundEnd = this.position;
      return 0;
    }
    if (code !== typeCodes.map8 && code !== typeCodes.map32) {
      throw unexpected('a map', code);
    }
    const count = this.readCompoundHead(code === typeCodes.map8 ? 1 : 4, 1);
    if (count % 2 !== 0) {
      throw new AmqpDecodeError('a map with a key without a value');
    }
    return count;
  }

  /** Size and count of a compound value whose code is read; each element has at least some bytes. */
  readCompoundHead(width: 1 | 4, elementBytesMin: 0 | 1): number {
    const size = width === 1 ? this.readUint8() : this.readUint32();
    const end = this.position + size;
    if (size < width || end > this.#end) {
      throw new AmqpDecodeError(`a compound value of ${size} bytes that are not there`);
    }
    const count = width === 1 ? this.readUint8() : this.readUint32();
    this.#elements += count;
    if (count * elementBytesMin > size - width || this.#elements > elementsMax) {
      throw new AmqpDecodeError(`a compound value of ${count} elements`);
    }
    this.#compoundEnd = end;
    return count;
  }

  /** Counts elements of an array that take no bytes. */
  countSizeless(count: number): void {
    this.#sizelessElements += count;
    if (this.#sizelessElements > sizelessElementsMax) {
      throw new AmqpDecodeError(`an array of ${count} elements without bytes`);
    }
  }

  /** Goes behind a compound value, over elements that are not asked for. */
  leaveCompound(end: number): void {
    if (this.position > end) {
      throw new AmqpDecodeError('a compound value shorter than its elements');
    }
    this.position = end;
  }

  /** Whether a null came, which it goes over. */
  skipNull(): boolean {
    const isNull = this.#bytes[this.position] === typeCodes.null && !this.isAtEnd;
    this.position += isNull ? 1 : 0;
    return isNull;
  }

  /** Goes over a value without a look at what is in it. */
  skipValue(): void {
    const code = this.readUint8();
    if (code === typeCodes.described) {
      this.enter();
      this.skipValue();
      this.skipValue();
      this.leave();
      return;
    }
    const width = skippedBytes[code >> 4] ?? -1;
    if (width >= 0) {
      this.#take(width);
      return;
    }
    if (width === unknownWidth) {
      throw unexpected('a value', code);
    }
    const bytes = width === sizeInOneByte ? this.readUint8() : this.readUint32();
    this.#take(bytes);
  }

  readUint8(): number {
    return this.#bytes[this.#take(1)] ?? 0;
  }

  readUint16(): number {
    return this.#bytes.readUInt16BE(this.#take(2));
  }

  readUint32(): number {
    return this.#bytes.readUInt32BE(this.#take(4));
  }

  readFixed(length: number): Buffer {
    const start = this.#take(length);
    return this.#bytes.subarray(start, start + length);
  }

  readUtf8(length: number): string {
    const start = this.#take(length);
    const text = this.#bytes.toString('utf8', start, start + length);
    // The replacement character is what bytes that are not UTF-8 become; it may also have been sent.
    if (text.includes('\ufffd') && !isUtf8(this.#bytes.subarray(start, start + length))) {
      throw new AmqpDecodeError('a string that is not UTF-8');
    }
    return text;
  }

  readAscii(length: number): string {
    const start = this.#take(length);
    return this.#bytes.toString('latin1', start, start + length);
  }

  /** Steps over bytes that must be there, and tells where they begin. */
  #take(length: number): number {
    const start = this.position;
    if (length > this.#end - start) {
      throw new AmqpDecodeError('bytes that end within a value');
    }
    this.position = start + length;
    return start;
  }
}

export function unexpected(wanted: string, code: number): AmqpDecodeError {
  return new AmqpDecodeError(`${wanted} was due, a constructor 0x${code.toString(16)} came`);
}

const noBytes: Buffer = Buffer.alloc(0);

const unknownWidth = -1;
const sizeInOneByte = -2;
const sizeInFourBytes = -4;

/** By the upper half of the code: how many bytes follow, or how many say it. */
const skippedBytes: readonly number[] = [
  ...[unknownWidth, unknownWidth, unknownWidth, unknownWidth],
  ...[0, 1, 2, 4, 8, 16],
  ...[sizeInOneByte, sizeInFourBytes],
  ...[sizeInOneByte, sizeInFourBytes],
  ...[sizeInOneByte, sizeInFourBytes],
];
