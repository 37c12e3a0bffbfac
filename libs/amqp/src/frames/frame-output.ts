import { AmqpWriter } from '../codec/amqp-writer.js';
import { frameTypes } from './frame-stream.js';

/** Writes one performative. */
export type Encoder<T> = (writer: AmqpWriter, performative: T) => void;

/** Gathers frames until somebody takes them all at once. */
export class FrameOutput {
  readonly #writer = new AmqpWriter();
  #parts: Buffer[] = [];
  #partsBytes = 0;

  get bytes(): number {
    return this.#partsBytes + this.#writer.length;
  }

  writeHeader(header: Buffer): void {
    this.#writer.writeRaw(header);
  }

  /**
   * A frame of one performative, with the payload that belongs to it.
   *
   * @throws what `encode` throws; nothing of the frame is written then
   */
  writeFrame<T>(channel: number, encode: Encoder<T>, performative: T, payload?: Buffer): void {
    const start = this.#beginFrame(frameTypes.amqp, channel);
    try {
      encode(this.#writer, performative);
    } catch (error) {
      this.#writer.takeBack(start);
      throw error;
    }
    this.#endFrame(start, payload ?? noPayload);
  }

  writeSaslFrame<T>(encode: Encoder<T>, performative: T): void {
    const start = this.#beginFrame(frameTypes.sasl, 0);
    encode(this.#writer, performative);
    this.#endFrame(start, noPayload);
  }

  /** Says nothing but that we are there. */
  writeEmptyFrame(): void {
    this.#endFrame(this.#beginFrame(frameTypes.amqp, 0), noPayload);
  }

  /** All that has gathered, in order. */
  take(): readonly Buffer[] {
    this.#cutPart();
    const parts = this.#parts;
    this.#parts = [];
    this.#partsBytes = 0;
    return parts;
  }

  #beginFrame(type: number, channel: number): number {
    const start = this.#writer.length;
    this.#writer.writeUint32(0);
    this.#writer.writeUint8(dataOffset);
    this.#writer.writeUint8(type);
    this.#writer.writeUint16(channel);
    return start;
  }

  #endFrame(start: number, payload: Buffer): void {
    this.#writer.patchUint32(start, this.#writer.length - start + payload.length);
    if (payload.length < uncopiedBytesMin) {
      this.#writer.writeRaw(payload);
    } else {
      this.#cutPart();
      this.#addPart(payload);
    }
  }

  #cutPart(): void {
    if (this.#writer.length > 0) {
      this.#addPart(this.#writer.take());
    }
  }

  #addPart(part: Buffer): void {
    this.#parts.push(part);
    this.#partsBytes += part.length;
  }
}

/** In units of four bytes: there is no extended header. */
const dataOffset = 2;

const noPayload = Buffer.alloc(0);

/** From this length on a payload goes out as it is; to copy a shorter one costs less than one buffer more. */
const uncopiedBytesMin = 4_096;
