import { opcodes } from './opcodes.js';
import { unmask } from './unmask.js';
import { closeCodes, WebSocketFault } from './websocket-fault.js';

/** Who hears of what frames bring. */
export interface FrameListener {
  /** A piece of what messages carry, behind the one before. @returns whether more is wanted now */
  onPayload(piece: Buffer): boolean;
  onPing(payload: Buffer): void;
  /** Nothing behind it is looked at. */
  onClose(payload: Buffer): void;
}

/** Of a frame from a client: 2 bytes, 8 for the length, 4 for the mask. */
const headerBytesMax = 14;
const maskBytes = 4;
const controlBytesMax = 125;

/**
 * Cuts the bytes of a client into frames (RFC 6455 section 5.2) and hands on what binary messages carry, piece by
 * piece as it comes. Nothing is gathered but a header and a control frame, so that messages need no bound.
 *
 *     frame = fin rsv opcode          1, 3 and 4 bits
 *             masked length           1 and 7 bits; 126 and 127 mean that 2 or 8 bytes with the length follow
 *             [ length ] mask payload
 */
export class FrameDecoder {
  /** Of the frame that comes; it stays until the next one begins. */
  readonly #header = new DataView(new ArrayBuffer(headerBytesMax));
  #headerBytes = 0;
  #headerLength = 2;
  /** Of the frame whose header is whole. Lengths beyond 2^53 lose their last bits; no connection gets there. */
  #payloadLeft = 0;
  #mask = 0;
  /** Payload of a control frame that has not come whole. */
  #control = noBytes;
  /** A message has begun whose last frame has not. */
  #isFragmented = false;
  #isClosed = false;

  constructor(private readonly listener: FrameListener) {}

  /**
   * @param bytes are unmasked where they are
   * @returns what is left of them when the listener wants no more for now
   * @throws WebSocketFault for what a client must not send
   */
  push(bytes: Buffer): Buffer {
    let position = 0;
    let isMoreWanted = true;
    while (isMoreWanted && position < bytes.length && !this.#isClosed) {
      if (this.#headerBytes < this.#headerLength) {
        position = this.#readHeader(bytes, position);
      } else {
        const end = Math.min(bytes.length, position + this.#payloadLeft);
        isMoreWanted = this.#readPayload(bytes.subarray(position, end));
        position = end;
      }
    }
    return this.#isClosed || position === bytes.length ? noBytes : bytes.subarray(position);
  }

  #readHeader(bytes: Buffer, start: number): number {
    let position = start;
    while (position < bytes.length && this.#headerBytes < this.#headerLength) {
      this.#header.setUint8(this.#headerBytes, bytes.readUInt8(position));
      this.#headerBytes += 1;
      position += 1;
      if (this.#headerBytes === 2) {
        this.#checkKind();
        this.#headerLength = 2 + lengthBytes(this.#shortLength) + maskBytes;
      }
    }
    if (this.#headerBytes === this.#headerLength) {
      this.#begin();
    }
    return position;
  }

  #checkKind(): void {
    const fault = this.#faultOfKind();
    if (fault !== undefined) {
      throw new WebSocketFault(closeCodes.protocolError, fault);
    }
    if (this.#opcode === opcodes.text) {
      // device-mqtt.md section 1.3
      throw new WebSocketFault(closeCodes.unsupportedData, 'a text frame');
    }
    if (!this.#isControl) {
      this.#isFragmented = !this.#isFinal;
    }
  }

  #faultOfKind(): string | undefined {
    if ((this.#header.getUint8(0) & 0x70) !== 0) {
      return 'a frame of an extension';
    }
    if ((this.#header.getUint8(1) & 0x80) === 0) {
      return 'a frame without a mask';
    }
    switch (this.#opcode) {
      case opcodes.close:
      case opcodes.ping:
      case opcodes.pong:
        return this.#isFinal && this.#shortLength <= controlBytesMax
          ? undefined
          : 'a control frame that is long or in fragments';
      case opcodes.continuation:
        return this.#isFragmented ? undefined : 'a continuation of nothing';
      case opcodes.text:
      case opcodes.binary:
        return this.#isFragmented ? 'a message within another' : undefined;
      default:
        return 'a frame of an unknown kind';
    }
  }

  /** The header is whole. */
  #begin(): void {
    this.#payloadLeft = this.#payloadLength();
    this.#mask = this.#header.getInt32(this.#headerLength - maskBytes);
    if (this.#payloadLeft > 0) {
      return;
    }
    if (this.#isControl) {
      this.#onControl(noBytes);
    }
    this.#awaitHeader();
  }

  #payloadLength(): number {
    const short = this.#shortLength;
    if (short <= controlBytesMax) {
      return short;
    }
    const isLong = short === 127;
    const length = isLong ? Number(this.#header.getBigUint64(2)) : this.#header.getUint16(2);
    if (isLong && this.#header.getUint8(2) >= 0x80) {
      throw new WebSocketFault(closeCodes.protocolError, 'a length of 64 bits');
    }
    if (length <= (isLong ? 0xffff : controlBytesMax)) {
      // "the minimal number of bytes MUST be used to encode the length"
      throw new WebSocketFault(closeCodes.protocolError, 'a length in more bytes than it needs');
    }
    return length;
  }

  #readPayload(piece: Buffer): boolean {
    unmask(piece, this.#mask);
    this.#mask = turned(this.#mask, piece.length);
    this.#payloadLeft -= piece.length;
    const isWhole = this.#payloadLeft === 0;
    if (isWhole) {
      this.#awaitHeader();
    }
    if (!this.#isControl) {
      return this.listener.onPayload(piece);
    }
    this.#control = Buffer.concat([this.#control, piece]);
    if (isWhole) {
      const payload = this.#control;
      this.#control = noBytes;
      this.#onControl(payload);
    }
    return true;
  }

  #onControl(payload: Buffer): void {
    if (this.#opcode === opcodes.ping) {
      this.listener.onPing(payload);
    } else if (this.#opcode === opcodes.close) {
      this.#isClosed = true;
      this.listener.onClose(payload);
    }
  }

  #awaitHeader(): void {
    this.#headerBytes = 0;
    this.#headerLength = 2;
  }

  get #isFinal(): boolean {
    return this.#header.getUint8(0) >= 0x80;
  }

  get #opcode(): number {
    return this.#header.getUint8(0) & 0x0f;
  }

  get #isControl(): boolean {
    return this.#opcode >= opcodes.close;
  }

  /** As the second byte has it. */
  get #shortLength(): number {
    return this.#header.getUint8(1) & 0x7f;
  }
}

function lengthBytes(shortLength: number): number {
  if (shortLength <= controlBytesMax) {
    return 0;
  }
  return shortLength === 126 ? 2 : 8;
}

/** The mask for what comes behind so many bytes. */
function turned(mask: number, bytes: number): number {
  const bits = 8 * (bytes % 4);
  return bits === 0 ? mask : (mask << bits) | (mask >>> (32 - bits));
}

const noBytes = Buffer.alloc(0);
