import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { FrameDecoder } from './frame-decoder.js';
import { maskedFrame } from './masked-frame.fake.js';
import { opcodes } from './opcodes.js';

const { continuation, close, ping, pong } = opcodes;

/** A decoder, and what it has told. */
function setUp() {
  const pieces: Buffer[] = [];
  const told: string[] = [];
  const decoder = new FrameDecoder({
    onPayload: (piece) => {
      pieces.push(piece);
      return true;
    },
    onPing: (payload) => told.push(`ping ${payload.toString()}`),
    onClose: (payload) => told.push(`close ${payload.toString('hex')}`),
  });
  return { decoder, pieces, told, text: () => Buffer.concat(pieces).toString() };
}

function hex(text: string): Buffer {
  return Buffer.from(text.replaceAll(' ', ''), 'hex');
}

/** The code by which the connection ends; 0 when it goes on. */
function faultOf(...frames: readonly Buffer[]): number {
  const { decoder } = setUp();
  try {
    decoder.push(Buffer.concat(frames));
  } catch (error) {
    return (error as { closeCode: number }).closeCode;
  }
  return 0;
}

describe('frames of RFC 6455 section 5.7', () => {
  test('a message, were it binary', () => {
    const { decoder, text } = setUp();
    decoder.push(hex('82 85 37fa213d 7f9f4d5158'));
    expect(text()).toBe('Hello');
  });

  test('a message in fragments', () => {
    const { decoder, text } = setUp();
    decoder.push(hex('02 83 00000000 48656c 80 82 00000000 6c6f'));
    expect(text()).toBe('Hello');
  });

  test('a ping', () => {
    const { decoder, told } = setUp();
    decoder.push(hex('89 85 37fa213d 7f9f4d5158'));
    expect(told).toEqual(['ping Hello']);
  });

  test('a pong, of which nobody hears', () => {
    const { decoder, told, pieces } = setUp();
    decoder.push(hex('8a 85 37fa213d 7f9f4d5158'));
    expect([told, pieces]).toEqual([[], []]);
  });

  test.each([
    [256, '82 fe 0100 00000000'],
    [65_536, '82 ff 0000000000010000 00000000'],
  ])('%i bytes', (length, header) => {
    const { decoder, pieces } = setUp();
    decoder.push(Buffer.concat([hex(header), Buffer.alloc(length, 'x')]));
    expect(Buffer.concat(pieces).equals(Buffer.alloc(length, 'x'))).toBe(true);
  });
});

test('the bytes are unmasked where they are', () => {
  const { decoder, pieces } = setUp();
  const bytes = maskedFrame('abc');
  decoder.push(bytes);
  expect(pieces[0]?.buffer).toBe(bytes.buffer);
});

test('a message is handed on as it comes, however long it will be', () => {
  const { decoder, text } = setUp();
  decoder.push(hex('82 ff 7fffffffffffffff 00000000 6162'));
  decoder.push(Buffer.from('cd'));
  expect(text()).toBe('abcd');
});

test('control frames come between fragments', () => {
  const { decoder, text, told } = setUp();
  decoder.push(maskedFrame('a', { isFinal: false }));
  decoder.push(maskedFrame('1', { opcode: ping }));
  decoder.push(maskedFrame('b', { opcode: continuation, isFinal: false }));
  decoder.push(maskedFrame('', { opcode: pong }));
  decoder.push(maskedFrame('c', { opcode: continuation }));
  decoder.push(maskedFrame('d'));
  expect([text(), told]).toEqual(['abcd', ['ping 1']]);
});

test('messages may be empty', () => {
  const { decoder, pieces } = setUp();
  decoder.push(Buffer.concat([maskedFrame(''), maskedFrame('', { isFinal: false })]));
  decoder.push(Buffer.concat([maskedFrame('', { opcode: continuation }), maskedFrame('a')]));
  expect(pieces.map(String)).toEqual(['a']);
});

test('behind a close nothing is looked at', () => {
  const { decoder, pieces, told } = setUp();
  const frames = [maskedFrame(hex('03e8'), { opcode: close }), maskedFrame('a'), hex('ff ff')];
  expect(decoder.push(Buffer.concat(frames))).toHaveLength(0);
  expect(decoder.push(maskedFrame('b'))).toHaveLength(0);
  expect([told, pieces]).toEqual([['close 03e8'], []]);
});

test('when no more is wanted the rest is left as it is', () => {
  const pieces: string[] = [];
  const decoder = new FrameDecoder({
    onPayload: (piece) => pieces.push(piece.toString()) < 2,
    onPing: () => undefined,
    onClose: () => undefined,
  });
  const third = maskedFrame('c');
  const rest = decoder.push(Buffer.concat([maskedFrame('a'), maskedFrame('b'), third]));
  expect([pieces, rest]).toEqual([['a', 'b'], third]);
});

describe('the code by which a connection ends', () => {
  test.each([
    ['text', 1003, maskedFrame('a', { opcode: opcodes.text })],
    ['text in fragments', 1003, maskedFrame('a', { opcode: opcodes.text, isFinal: false })],
    ['RSV1', 1002, hex('c2 81 00000000 61')],
    ['RSV2', 1002, hex('a2 81 00000000 61')],
    ['RSV3', 1002, hex('92 81 00000000 61')],
    ['RSV1 of a ping', 1002, hex('c9 80 00000000')],
    ['no mask', 1002, hex('82 01 61')],
    ['no mask of a close', 1002, hex('88 00')],
    ...[3, 4, 5, 6, 7, 0xb, 0xc, 0xd, 0xe, 0xf].map(
      (opcode) => [`opcode ${opcode}`, 1002, maskedFrame('', { opcode })] as const,
    ),
    ['a ping in fragments', 1002, maskedFrame('', { opcode: ping, isFinal: false })],
    ['a close in fragments', 1002, maskedFrame('', { opcode: close, isFinal: false })],
    ['a ping of 126 bytes', 1002, maskedFrame(Buffer.alloc(126), { opcode: ping })],
    ['a pong of 64 KiB', 1002, maskedFrame(Buffer.alloc(65_536), { opcode: pong })],
    ['a continuation of nothing', 1002, maskedFrame('a', { opcode: continuation })],
    ['a length with the top bit', 1002, hex('82 ff 8000000000000000 00000000')],
    ['125 in 16 bits', 1002, hex('82 fe 007d 00000000')],
    ['0 in 16 bits', 1002, hex('82 fe 0000 00000000')],
    ['65535 in 64 bits', 1002, hex('82 ff 000000000000ffff 00000000')],
    ['0 in 64 bits', 1002, hex('82 ff 0000000000000000 00000000')],
    ['ends no connection', 0, maskedFrame(Buffer.alloc(65_536))],
  ])('%s: %i', (_, code, frame) => {
    expect(faultOf(frame)).toBe(code);
  });

  test('a message within another: 1002', () => {
    expect(faultOf(maskedFrame('a', { isFinal: false }), maskedFrame('b'))).toBe(1002);
  });

  test('text within a message: 1002', () => {
    const text = maskedFrame('b', { opcode: opcodes.text });
    expect(faultOf(maskedFrame('a', { isFinal: false }), text)).toBe(1002);
  });

  test('a continuation behind the end: 1002', () => {
    const frames = [
      maskedFrame('a', { isFinal: false }),
      maskedFrame('b', { opcode: continuation }),
      maskedFrame('c', { opcode: continuation }),
    ];
    expect(faultOf(...frames)).toBe(1002);
  });

  test('is known before the rest of the header comes', () => {
    expect(faultOf(hex('81 fe'))).toBe(1003);
  });
});

const length = fc.oneof(fc.nat(200), fc.integer({ min: 65_530, max: 65_540 }));
const payload = fc.tuple(length, fc.nat(255)).map(([bytes, seed]) => {
  return Buffer.alloc(bytes, Buffer.from(`${seed} and so on`));
});
const mask = fc.uint8Array({ minLength: 4, maxLength: 4 }).map((bytes) => Buffer.from(bytes));
const messages = fc.array(
  fc.record({ fragments: fc.array(payload, { minLength: 1, maxLength: 3 }), mask }),
  { maxLength: 5 },
);

test('however frames, and what the socket brings, are cut, the same bytes come', () => {
  const cuts = fc.infiniteStream(fc.oneof(fc.integer({ min: 1, max: 3 }), fc.nat(70_000)));
  fc.assert(
    fc.property(messages, cuts, (given, sizes) => {
      const frames = given.flatMap(({ fragments, mask }) =>
        fragments.map((bytes, index) => {
          const isFinal = index === fragments.length - 1;
          const opcode = index === 0 ? opcodes.binary : continuation;
          return maskedFrame(bytes, { opcode, isFinal, mask });
        }),
      );
      const { decoder, pieces } = setUp();
      let rest = Buffer.concat(frames);
      for (const size of sizes) {
        decoder.push(rest.subarray(0, size));
        rest = rest.subarray(size);
        if (rest.length === 0) {
          break;
        }
      }
      const sent = given.flatMap(({ fragments }) => fragments);
      expect(Buffer.concat(pieces).equals(Buffer.concat(sent))).toBe(true);
    }),
  );
});

test('a ping may come byte by byte', () => {
  const { decoder, told } = setUp();
  for (const byte of maskedFrame('Hello, all of you', { opcode: ping })) {
    decoder.push(Buffer.of(byte));
  }
  expect(told).toEqual(['ping Hello, all of you']);
});

test('whatever comes, it ends with a code or goes on', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      expect([0, 1002, 1003]).toContain(faultOf(Buffer.from(bytes)));
    }),
  );
});
