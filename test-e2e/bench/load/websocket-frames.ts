/**
 * What a client of MQTT puts into a WebSocket's frames, and finds in a server's (RFC 6455 section 5.2), by the byte:
 *
 *     frame = 0x82 length [ mask:uint32 ] payload       the length is one byte up to 125, or 126 length:uint16
 *
 * A client's payload is masked, and the highest bit of its first length says so.
 */
import { endOfPacket } from './mqtt-packets.js';
import { UnitStream } from './unit-stream.js';

const binaryByte = 0x82;
const closeByte = 0x88;
const maskedBit = 0x80;
const shortBytesMax = 125;
const longMark = 126;
/** All four bytes of the mask are alike, so that one is like another; zeros would spare some servers the unmasking. */
const maskByte = 0x5a;
const maskWord = 0x5a5a5a5a;

export class WebSocketFrames {
  readonly #payloads: Buffer[] = [];
  readonly #stream = new UnitStream(endOfFrame, (bytes, start, end) => {
    this.#onFrame(bytes, start, end);
  });

  /** @param packets each has a frame of its own: who sends one message after the other puts no two into one */
  encode(packets: Buffer): Buffer {
    const sizes = sizesOf(packets);
    const headerBytes = sizes.reduce((sum, size) => sum + headerBytesOf(size), 0);
    const length = packets.length + headerBytes;
    const bytes = Buffer.allocUnsafe(4 * Math.ceil(length / 4));
    let start = 0;
    let position = 0;
    for (const size of sizes) {
      position = writeHeader(bytes, position, size);
      position += packets.copy(bytes, position, start, start + size);
      start += size;
    }
    // All at once and by words: this takes a third of the time that bytes take.
    mask(bytes);
    return bytes.subarray(0, length);
  }

  /** @returns what was in the frames that have come whole by now, in one piece */
  decode(chunk: Buffer): Buffer {
    this.#stream.push(chunk);
    const payloads = this.#payloads.splice(0);
    const [first] = payloads;
    return first !== undefined && payloads.length === 1 ? first : Buffer.concat(payloads);
  }

  #onFrame(bytes: Buffer, start: number, end: number): void {
    if (bytes[start] === binaryByte) {
      this.#payloads.push(bytes.subarray(payloadStart(bytes, start), end));
    } else if (bytes[start] !== closeByte) {
      throw new Error(`instead of binary frames came ${bytes.toString('hex', start, end)}`);
    }
  }
}

function sizesOf(packets: Buffer): number[] {
  const sizes: number[] = [];
  let start = 0;
  for (let end = endOfPacket(packets, 0); end !== undefined; end = endOfPacket(packets, start)) {
    sizes.push(end - start);
    start = end;
  }
  return sizes;
}

function headerBytesOf(size: number): number {
  return size <= shortBytesMax ? 6 : 8;
}

/** As it is to be before all is masked, so that it comes out clear; the mask itself comes out of zeros. */
function writeHeader(bytes: Buffer, start: number, size: number): number {
  let position = bytes.writeUInt8(binaryByte ^ maskByte, start);
  if (size <= shortBytesMax) {
    position = bytes.writeUInt8((maskedBit | size) ^ maskByte, position);
  } else {
    position = bytes.writeUInt8((maskedBit | longMark) ^ maskByte, position);
    position = bytes.writeUInt16BE(size ^ (maskWord & 0xffff), position);
  }
  return bytes.writeUInt32BE(0, position);
}

function mask({ buffer, byteOffset, length }: Buffer): void {
  const words = new Int32Array(buffer, byteOffset, length / 4);
  for (let index = 0; index < words.length; index++) {
    words[index] = (words[index] ?? 0) ^ maskWord;
  }
}

/** Where the frame of a server ends that begins here; undefined while not all of it is there. */
function endOfFrame(bytes: Buffer, start: number): number | undefined {
  const payload = payloadStart(bytes, start);
  if (payload > bytes.length) {
    return undefined;
  }
  const size = bytes.readUInt8(start + 1);
  const end = payload + (size === longMark ? bytes.readUInt16BE(start + 2) : size);
  return end <= bytes.length ? end : undefined;
}

function payloadStart(bytes: Buffer, start: number): number {
  return start + (bytes[start + 1] === longMark ? 4 : 2);
}
