import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { encodeBinaryFrames, encodeControlFrame } from './encode-frames.js';

/** The headers of frames in hexadecimal, and what they carry. */
function read(bytes: Buffer): { headers: string[]; payload: Buffer } {
  const headers: string[] = [];
  const payloads: Buffer[] = [];
  for (let start = 0; start < bytes.length;) {
    const short = bytes.readUInt8(start + 1);
    const headerLength = short === 126 ? 4 : 2;
    const length = short === 126 ? bytes.readUInt16BE(start + 2) : short;
    const payloadStart = start + headerLength;
    headers.push(bytes.subarray(start, payloadStart).toString('hex'));
    payloads.push(bytes.subarray(payloadStart, payloadStart + length));
    start = payloadStart + length;
  }
  return { headers, payload: Buffer.concat(payloads) };
}

function encode(...lengths: readonly number[]) {
  const chunks = lengths.map((length, index) => Buffer.alloc(length, index + 1));
  const parts = encodeBinaryFrames(chunks);
  return { chunks, parts, ...read(Buffer.concat(parts)) };
}

describe('one message', () => {
  test.each([
    [1, '8201'],
    [125, '827d'],
    [126, '827e007e'],
    [256, '827e0100'], // RFC 6455 section 5.7
    [2_048, '827e0800'],
    [2_049, '827e0801'],
    [65_535, '827effff'],
  ])('of %i bytes begins with %s', (length, header) => {
    const { headers, payload, chunks } = encode(length);
    expect(headers).toEqual([header]);
    expect(payload.equals(chunks[0]!)).toBe(true);
  });

  test('is made of many chunks', () => {
    const { headers, payload, chunks } = encode(2, 0, 200, 3);
    expect(headers).toEqual(['827e00cd']);
    expect(payload.equals(Buffer.concat(chunks))).toBe(true);
  });
});

test('no client gets more than 64 KiB at once', () => {
  const { headers, payload, chunks } = encode(65_000, 1_000, 65_600);
  expect(headers).toEqual(['827effff', '827effff', '827e0212']);
  expect(payload.equals(Buffer.concat(chunks))).toBe(true);
});

test('what is long is not copied, what is short is one buffer', () => {
  const { chunks, parts } = encode(3_000);
  expect(parts).toHaveLength(2);
  expect(parts[1]?.buffer).toBe(chunks[0]?.buffer);
  expect(encode(200).parts).toHaveLength(1);
});

test('of nothing there is no message', () => {
  expect(encodeBinaryFrames([])).toEqual([]);
  expect(encodeBinaryFrames([Buffer.alloc(0)])).toEqual([]);
});

test('a control frame has its payload', () => {
  // RFC 6455 section 5.7
  const hello = encodeControlFrame(9, Buffer.from('Hello'));
  expect(hello.toString('hex')).toBe('890548656c6c6f');
  expect(encodeControlFrame(8, Buffer.alloc(0)).toString('hex')).toBe('8800');
});

test('whatever is written is read again, in order', () => {
  const lengths = fc.array(fc.oneof(fc.nat(300), fc.nat(90_000)), { maxLength: 8 });
  fc.assert(
    fc.property(lengths, (given) => {
      const { payload, chunks } = encode(...given);
      expect(payload.equals(Buffer.concat(chunks))).toBe(true);
    }),
  );
});
