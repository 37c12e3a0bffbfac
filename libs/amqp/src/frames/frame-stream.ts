import { AmqpReader } from '../codec/amqp-reader.js';
import { FramingError } from './framing-error.js';

/** Receives what a connection's bytes are, in order. */
export interface FrameListener {
  /** The eight bytes of a protocol header. */
  onProtocolHeader(header: Buffer): void;
  /** @param body turns to the next frame when this returns; views that it gives stay */
  onFrame(type: number, channel: number, body: AmqpReader): void;
}

/** The type of a frame. */
export const frameTypes = { amqp: 0, sasl: 1 } as const;

/**
 * Cuts the bytes of a connection, in whatever pieces they come, into protocol headers and frames (AMQP
 * 1.0 part 2, sections 2.2 and 2.3). A size above the bound ends the connection before a byte of the
 * frame is kept, and at most one frame is kept that has not come whole.
 *
 *     frame = size:uint32 doff:uint8 type:uint8 channel:uint16 extendedHeader body
 *     doff  = where the body begins, in units of four bytes
 */
export class FrameStream {
  /** The beginning of a frame whose end has not come yet; grows as bytes come, not as promised. */
  #partial: Buffer = noBytes;
  #partialBytes = 0;
  /** How many bytes there must be before it is worth another look. */
  #neededBytes = 0;
  #expectsHeader = true;
  #isHeld = false;
  #isStopped = false;
  readonly #body = new AmqpReader();

  constructor(
    private readonly listener: FrameListener,
    private readonly frameSizeMax: number,
  ) {}

  /** Memory for what is not handed on yet. */
  get keptBytes(): number {
    return this.#partial.length;
  }

  /** @throws FramingError, and what the listener throws */
  push(chunk: Buffer): void {
    const start = this.#isHeld ? 0 : this.#complete(chunk);
    this.#cut(chunk, start);
  }

  /** The bytes that come next are a protocol header. */
  expectHeader(): void {
    this.#expectsHeader = true;
  }

  /** From now on bytes are kept as they come, within a bound: an answer is due first. */
  hold(): void {
    this.#isHeld = true;
  }

  /** Cuts what has come meanwhile, and goes on. @throws FramingError, and what the listener throws */
  release(): void {
    this.#isHeld = false;
    const bytes = this.#takePartial();
    this.#cut(bytes, 0);
  }

  /** Whatever else comes is ignored. */
  stop(): void {
    this.#isStopped = true;
    this.#takePartial();
  }

  /** Adds to the frame that has begun what it lacks. @returns where in the chunk it ends */
  #complete(chunk: Buffer): number {
    let start = 0;
    while (this.#partialBytes > 0 && start < chunk.length && !this.#isHeld) {
      const end = Math.min(start + this.#neededBytes - this.#partialBytes, chunk.length);
      this.#append(chunk.subarray(start, end));
      start = end;
      if (this.#partialBytes === this.#neededBytes) {
        this.#cut(this.#takePartial(), 0);
      }
    }
    return start;
  }

  #cut(bytes: Buffer, from: number): void {
    let start = from;
    while (start < bytes.length && !this.#isStopped) {
      if (this.#isHeld) {
        this.#keep(bytes.subarray(start));
        return;
      }
      const length = this.#unitLength(bytes, start);
      if (start + length > bytes.length) {
        this.#neededBytes = length;
        this.#append(bytes.subarray(start));
        return;
      }
      this.#handOn(bytes, start, start + length);
      start += length;
    }
  }

  /** The length of the header or frame that begins here; four while its size has not come. */
  #unitLength(bytes: Buffer, start: number): number {
    if (this.#expectsHeader) {
      return headerBytes;
    }
    if (bytes.length - start < sizeBytes) {
      return sizeBytes;
    }
    const size = bytes.readUInt32BE(start);
    if (size < frameHeadBytes || size > this.frameSizeMax) {
      throw new FramingError(`a frame of ${size} bytes`);
    }
    return size;
  }

  #handOn(bytes: Buffer, start: number, end: number): void {
    if (this.#expectsHeader) {
      this.#expectsHeader = false;
      this.listener.onProtocolHeader(bytes.subarray(start, end));
      return;
    }
    const dataOffset = 4 * (bytes[start + 4] ?? 0);
    if (dataOffset < frameHeadBytes || start + dataOffset > end) {
      throw new FramingError(`a frame whose body begins at byte ${dataOffset}`);
    }
    this.#body.reset(bytes, start + dataOffset, end);
    this.listener.onFrame(bytes[start + 5] ?? 0, bytes.readUInt16BE(start + 6), this.#body);
  }

  #keep(bytes: Buffer): void {
    this.#neededBytes = Infinity;
    if (this.#partialBytes + bytes.length > heldFramesMax * this.frameSizeMax) {
      throw new FramingError('too many bytes before the answer that is due');
    }
    this.#append(bytes);
  }

  #append(bytes: Buffer): void {
    const length = this.#partialBytes + bytes.length;
    if (length > this.#partial.length) {
      const doubled = Math.min(2 * this.#partial.length, this.#neededBytes);
      const grown = Buffer.allocUnsafeSlow(Math.max(length, doubled));
      this.#partial.copy(grown, 0, 0, this.#partialBytes);
      this.#partial = grown;
    }
    bytes.copy(this.#partial, this.#partialBytes);
    this.#partialBytes = length;
  }

  #takePartial(): Buffer {
    const bytes = this.#partial.subarray(0, this.#partialBytes);
    this.#partial = noBytes;
    this.#partialBytes = 0;
    return bytes;
  }
}

const noBytes: Buffer = Buffer.alloc(0);
const headerBytes = 8;
const frameHeadBytes = 8;
const sizeBytes = 4;

/** Clients that do not wait for answers send a header, an open and some attaches behind SASL. */
const heldFramesMax = 2;
