import { compressionsAlgorithmsByBitmask } from '@platformatic/kafka';
import type { RecordHeaders } from '../kafka/record.js';

/** A record as it is stored. */
export interface StoredRecord {
  readonly offset: number;
  /** When it was stored, or as its producer says, whichever its topic has. */
  readonly timeMs: number;
  readonly value: Buffer;
  readonly headers: RecordHeaders;
}

/*
  Record batch, format v2 (see record-batch.ts). Of the attributes the first three bits are the compression; then
*/
const compressionBits = 0x07;
const logAppendTimeBit = 0x08;
const controlBit = 0x20;

const lengthOffset = 8;
const afterLength = 12;
const attributesOffset = 21;
const lastOffsetDeltaOffset = 23;
const baseTimestampOffset = 27;
const maxTimestampOffset = 35;
const recordCountOffset = 57;
const headLength = 61;

/**
 * Goes over the record batches of one answer of a broker, whose last may be cut off and whose first may begin before
 * what was asked for. Each record is decoded when it is asked for; its bytes are views.
 */
export class RecordCursor {
  /** Of the batches that are left. */
  #batchStart = 0;
  /** The records of the batch that is being read. */
  #records: Buffer = noBytes;
  #at = 0;
  #left = 0;
  #baseOffset = 0;
  #baseTimestampMs = 0;
  /** Of the whole batch, when the broker sets the time. */
  #appendTimeMs: number | undefined;

  /** @param nextOffset where reading begins */
  constructor(
    private readonly batches: Buffer,
    private nextOffset: number,
  ) {}

  /** Behind all that was read, and what holds no records. */
  get position(): number {
    return this.nextOffset;
  }

  /** Undefined when there is none left. */
  next(): StoredRecord | undefined {
    for (;;) {
      while (this.#left > 0) {
        const record = this.#readRecord();
        if (record.offset >= this.nextOffset) {
          this.nextOffset = record.offset + 1;
          return record;
        }
      }
      if (!this.#openBatch()) {
        return undefined;
      }
    }
  }

  /** @returns false when no whole batch is left */
  #openBatch(): boolean {
    const { batches } = this;
    const start = this.#batchStart;
    if (batches.length - start < headLength) {
      return this.#end();
    }
    const end = start + afterLength + batches.readInt32BE(start + lengthOffset);
    if (end > batches.length) {
      return this.#end();
    }
    if (end < start + headLength) {
      throw new Error('a record batch is shorter than its head');
    }
    this.#batchStart = end;
    const attributes = batches.readInt16BE(start + attributesOffset);
    this.#baseOffset = Number(batches.readBigInt64BE(start));
    this.#left = 0;
    if ((attributes & controlBit) === 0) {
      this.#baseTimestampMs = Number(batches.readBigInt64BE(start + baseTimestampOffset));
      this.#appendTimeMs =
        (attributes & logAppendTimeBit) === 0
          ? undefined
          : Number(batches.readBigInt64BE(start + maxTimestampOffset));
      this.#left = batches.readInt32BE(start + recordCountOffset);
      this.#records = decompress(batches.subarray(start + headLength, end), attributes);
      this.#at = 0;
    }
    const last = this.#baseOffset + batches.readInt32BE(start + lastOffsetDeltaOffset);
    if (last < this.nextOffset || this.#left === 0) {
      this.#left = 0;
      this.nextOffset = Math.max(this.nextOffset, last + 1);
    }
    return true;
  }

  #end(): false {
    this.#batchStart = this.batches.length;
    this.#records = noBytes;
    return false;
  }

  #readRecord(): StoredRecord {
    const length = this.#readVarint();
    const end = this.#at + length;
    this.#at += 1;
    const timestampDelta = this.#readVarint();
    const offset = this.#baseOffset + this.#readVarint();
    this.#readBytes();
    const value = this.#readBytes();
    const count = this.#readVarint();
    if (end < this.#at || end > this.#records.length) {
      throw new Error('a record has not the length that it says');
    }
    const bytes = this.#records.subarray(this.#at, end);
    this.#at = end;
    this.#left -= 1;
    const timeMs = this.#appendTimeMs ?? this.#baseTimestampMs + timestampDelta;
    return { offset, timeMs, value, headers: { count, bytes } };
  }

  /** A null is read as nothing. */
  #readBytes(): Buffer {
    const length = this.#readVarint();
    if (length <= 0) {
      return noBytes;
    }
    const start = this.#at;
    this.#at += length;
    return this.#records.subarray(start, this.#at);
  }

  /** Zigzag, seven bits a byte, the lowest first; of any length, for differences of times have 64 bits. */
  #readVarint(): number {
    let zigzag = 0;
    let factor = 1;
    let byte: number;
    do {
      byte = this.#records.readUInt8(this.#at++);
      zigzag += (byte & 0x7f) * factor;
      factor *= 0x80;
    } while (byte >= 0x80);
    return zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2;
  }
}

const noBytes = Buffer.alloc(0);

function decompress(records: Buffer, attributes: number): Buffer {
  const code = attributes & compressionBits;
  if (code === 0) {
    return records;
  }
  const algorithm = compressionsAlgorithmsByBitmask[code];
  if (algorithm === undefined) {
    throw new Error(`records of the unknown compression ${code}`);
  }
  return algorithm.decompressSync(records);
}
