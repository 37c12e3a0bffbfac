import { opcodes } from './opcodes.js';

interface FrameFields {
  readonly opcode?: number;
  readonly isFinal?: boolean;
  readonly mask?: Buffer;
}

/** A frame as clients send it; the mask is that of RFC 6455 section 5.7 unless told otherwise. */
export function maskedFrame(
  payload: string | Buffer,
  { opcode = opcodes.binary, isFinal = true, mask = exampleMask }: FrameFields = {},
): Buffer {
  const masked = Buffer.from(payload);
  masked.forEach((byte, index) => {
    masked[index] = byte ^ mask.readUInt8(index % 4);
  });
  const first = Buffer.of((isFinal ? 0x80 : 0) | opcode);
  return Buffer.concat([first, lengthOf(masked), mask, masked]);
}

function lengthOf({ length }: Buffer): Buffer {
  if (length <= 125) {
    return Buffer.of(0x80 | length);
  }
  if (length <= 0xffff) {
    return Buffer.of(0x80 | 126, length >> 8, length & 0xff);
  }
  const long = Buffer.alloc(9, 0x80 | 127);
  long.writeBigUInt64BE(BigInt(length), 1);
  return long;
}

const exampleMask = Buffer.from('37fa213d', 'hex');
