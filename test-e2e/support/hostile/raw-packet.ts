/** MQTT packets byte by byte, legal or not (MQTT 3.1.1 section 2). */
import { azureLimits } from '@linchpin/wire';

/** @param length what the packet says of its own length; the truth unless told otherwise */
export function rawPacket(firstByte: number, body: Buffer, length?: Buffer): Buffer {
  return Buffer.concat([Buffer.from([firstByte]), length ?? remainingLength(body.length), body]);
}

export function remainingLength(bytes: number): Buffer {
  const digits: number[] = [];
  let left = bytes;
  do {
    const more = left > 0x7f ? 0x80 : 0;
    digits.push((left & 0x7f) | more);
    left >>>= 7;
  } while (left > 0);
  return Buffer.from(digits);
}

/** Text or binary data behind its length. */
export function field(content: Buffer | string): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([uint16(bytes.length), bytes]);
}

export function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

/**
 * With as many zeros behind as make the last packet whole, so that the hub has to judge it now. What
 * has a length that is none, or more than the hub reads, it has to judge as it is.
 */
export function completed(bytes: Buffer): Buffer {
  let whole = bytes;
  let start = 0;
  while (start < whole.length) {
    const end = packetEnd(whole, start);
    if (end === 'incomplete') {
      whole = Buffer.concat([whole, Buffer.alloc(1)]);
    } else if (end === 'malformed') {
      return whole;
    } else {
      whole = Buffer.concat([whole, Buffer.alloc(Math.max(0, end - whole.length))]);
      start = end;
    }
  }
  return whole;
}

function packetEnd(bytes: Buffer, start: number): number | 'incomplete' | 'malformed' {
  let length = 0;
  for (let index = 0; index < 4; index++) {
    const byte = bytes[start + 1 + index];
    if (byte === undefined) {
      return 'incomplete';
    }
    length += (byte & 0x7f) * 128 ** index;
    if (byte < 0x80) {
      const isTooLarge = length > azureLimits.mqttRemainingLengthMax;
      return isTooLarge ? 'malformed' : start + 2 + index + length;
    }
  }
  return 'malformed';
}
