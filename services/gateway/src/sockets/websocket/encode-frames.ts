import { opcodes } from './opcodes.js';

/** Some clients take no more at once (amqp.md section 1), and a header never has more than 4 bytes. */
const framePayloadBytesMax = 0xffff;

/** What is shorter is copied behind its header: one buffer costs the socket less than two. */
const copiedBytesMax = 2_048;

const final = 0x80;

/**
 * One binary message for each 64 KiB of what is to be written, one after the other, without a mask as servers must
 * (RFC 6455 section 5.1): buffers for the socket, some of them those that were given. Of nothing there is no message.
 */
export function encodeBinaryFrames(chunks: readonly Buffer[]): Buffer[] {
  const bytes = chunks.reduce((sum, { length }) => sum + length, 0);
  if (bytes === 0) {
    return [];
  }
  const parts = bytes <= copiedBytesMax ? copied : cut;
  return parts(chunks, bytes);
}

/** @param payload of 125 bytes at most */
export function encodeControlFrame(opcode: number, payload: Buffer): Buffer {
  return Buffer.concat([header(opcode, payload.length), payload]);
}

function copied(chunks: readonly Buffer[], bytes: number): Buffer[] {
  return [Buffer.concat([header(opcodes.binary, bytes), ...chunks])];
}

function cut(chunks: readonly Buffer[], bytes: number): Buffer[] {
  const parts: Buffer[] = [];
  let bytesLeft = bytes;
  let frameBytesLeft = 0;
  for (const chunk of chunks) {
    for (let start = 0; start < chunk.length;) {
      if (frameBytesLeft === 0) {
        frameBytesLeft = Math.min(bytesLeft, framePayloadBytesMax);
        bytesLeft -= frameBytesLeft;
        parts.push(header(opcodes.binary, frameBytesLeft));
      }
      const piece = chunk.subarray(start, start + frameBytesLeft);
      parts.push(piece);
      start += piece.length;
      frameBytesLeft -= piece.length;
    }
  }
  return parts;
}

function header(opcode: number, length: number): Buffer {
  return length <= 125
    ? Buffer.of(final | opcode, length)
    : Buffer.of(final | opcode, 126, length >> 8, length & 0xff);
}
