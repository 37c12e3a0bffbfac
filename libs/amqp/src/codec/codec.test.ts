import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import rhea from 'rhea';
import { AmqpDecodeError } from './amqp-decode-error.js';
import { AmqpReader } from './amqp-reader.js';
import {
  binary,
  int,
  long,
  map,
  symbol,
  timestamp,
  ubyte,
  ulong,
  uuid,
  type AmqpValue,
} from './amqp-value.js';
import { AmqpWriter } from './amqp-writer.js';
import { stringArray, symbolArray } from './array.js';
import { readValue } from './read-value.js';
import { writeValue } from './write-value.js';

/** What rhea's typings leave out of its codec. */
interface RheaCodec {
  readonly Writer: new () => { write(value: unknown): void; toBuffer(): Buffer };
  readonly Reader: new (bytes: Buffer) => { read(): { value: { value: string }[] } };
  List8(items: unknown[]): unknown;
  List32(items: unknown[]): unknown;
  Map8(items: unknown[]): unknown;
}

const types = rhea.types as typeof rhea.types & RheaCodec;

function encode(value: AmqpValue): Buffer {
  const writer = new AmqpWriter();
  writeValue(writer, value);
  return writer.take();
}

function decode(bytes: Buffer): AmqpValue {
  const reader = new AmqpReader(bytes);
  const value = readValue(reader);
  expect(reader.isAtEnd).toBe(true);
  return value;
}

function decodeHex(hex: string): AmqpValue {
  return decode(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
}

function encodeByRhea(value: unknown): Buffer {
  const writer = new types.Writer();
  writer.write(value);
  return writer.toBuffer();
}

const bytes16 = Buffer.from('00112233445566778899aabbccddeeff', 'hex');
const ulongBytes = Buffer.from('ffffffffffffffff', 'hex');
const longBytes = Buffer.from('8000000000000000', 'hex');

describe('each type', () => {
  test.each<[string, AmqpValue, unknown]>([
    ['null', null, types.wrap(null)],
    ['true', true, types.wrap_boolean(true)],
    ['false', false, types.wrap_boolean(false)],
    ['ubyte 0', ubyte(0), types.wrap_ubyte(0)],
    ['ubyte 255', ubyte(255), types.wrap_ubyte(255)],
    ['ushort 0', { type: 'ushort', value: 0 }, types.wrap_ushort(0)],
    ['ushort 65535', { type: 'ushort', value: 65_535 }, types.wrap_ushort(65_535)],
    ['uint 0', { type: 'uint', value: 0 }, types.wrap_uint(0)],
    ['uint 255', { type: 'uint', value: 255 }, types.wrap_uint(255)],
    ['uint 256', { type: 'uint', value: 256 }, types.wrap_uint(256)],
    ['uint max', { type: 'uint', value: 0xffffffff }, types.wrap_uint(0xffffffff)],
    ['ulong 0', ulong(0), types.wrap_ulong(0)],
    ['ulong 255', ulong(255), types.wrap_ulong(255)],
    ['ulong 256', ulong(256), types.wrap_ulong(256)],
    ['ulong max', ulong(0xffffffffffffffffn), types.wrap_ulong(ulongBytes)],
    ['byte -128', { type: 'byte', value: -128 }, types.wrap_byte(-128)],
    ['byte 127', { type: 'byte', value: 127 }, types.wrap_byte(127)],
    ['short -32768', { type: 'short', value: -32_768 }, types.wrap_short(-32_768)],
    ['short 32767', { type: 'short', value: 32_767 }, types.wrap_short(32_767)],
    ['int -128', int(-128), types.wrap_int(-128)],
    ['int -129', int(-129), types.wrap_int(-129)],
    ['int min', int(-2_147_483_648), types.wrap_int(-2_147_483_648)],
    ['int max', int(2_147_483_647), types.wrap_int(2_147_483_647)],
    ['long -128', long(-128), types.wrap_long(-128)],
    ['long 128', long(128), types.wrap_long(128)],
    ['long min', long(-0x8000000000000000n), types.wrap_long(longBytes)],
    ['float', { type: 'float', value: 1.5 }, types.wrap_float(1.5)],
    ['double', { type: 'double', value: -Math.PI }, types.wrap_double(-Math.PI)],
    ['char', { type: 'char', value: 0x1f600 }, types.wrap_char(0x1f600)],
    ['timestamp', timestamp(1_795_893_392_133), types.wrap_timestamp(1_795_893_392_133)],
    ['timestamp before 1970', timestamp(-1), types.wrap_timestamp(-1)],
    ['uuid', uuid(bytes16), types.wrap_uuid(bytes16)],
    ['binary, empty', binary(Buffer.alloc(0)), types.wrap_binary(Buffer.alloc(0))],
    ['binary 255', binary(Buffer.alloc(255, 1)), types.wrap_binary(Buffer.alloc(255, 1))],
    ['binary 256', binary(Buffer.alloc(256, 1)), types.wrap_binary(Buffer.alloc(256, 1))],
    ['string, empty', '', types.wrap_string('')],
    ['string of 255 bytes', `é${'x'.repeat(253)}`, types.wrap_string(`é${'x'.repeat(253)}`)],
    ['string of 256 bytes', `é${'x'.repeat(254)}`, types.wrap_string(`é${'x'.repeat(254)}`)],
    ['a replacement character', 'a\ufffdb', types.wrap_string('a\ufffdb')],
    ['symbol', symbol('amqp:open:list'), types.wrap_symbol('amqp:open:list')],
    ['symbol 256', symbol('s'.repeat(256)), types.wrap_symbol('s'.repeat(256))],
    [
      'list',
      { type: 'list', value: ['a', null, int(3)] },
      types.List8([types.wrap_string('a'), types.wrap(null), types.wrap_int(3)]),
    ],
    [
      'a list of more than 255 bytes',
      { type: 'list', value: ['a'.repeat(200), 'b'.repeat(200)] },
      types.List32(['a'.repeat(200), 'b'.repeat(200)].map((text) => types.wrap_string(text))),
    ],
    [
      'a list of more than 255 elements',
      { type: 'list', value: Array.from({ length: 256 }, () => null) },
      types.List32(Array.from({ length: 256 }, () => types.wrap(null))),
    ],
    [
      'map',
      map([
        [symbol('k'), 'v'],
        ['n', long(1)],
      ]),
      types.Map8([
        types.wrap_symbol('k'),
        types.wrap_string('v'),
        types.wrap_string('n'),
        types.wrap_long(1),
      ]),
    ],
    [
      'described by a number',
      { type: 'described', descriptor: ulong(0x468c00000004n), value: 'x' },
      types.wrap_described('x', 0x468c00000004),
    ],
    [
      'described by a symbol',
      { type: 'described', descriptor: symbol('apache.org:filter'), value: 'x' },
      types.wrap_described('x', 'apache.org:filter'),
    ],
  ])('%s is written as rhea writes it, and read back', (_, value, byRhea) => {
    const bytes = encodeByRhea(byRhea);
    expect(encode(value)).toEqual(bytes);
    expect(decode(bytes)).toEqual(value);
  });

  test.each([
    ['decimal32', '74 11223344', { type: 'decimal32', value: Buffer.from('11223344', 'hex') }],
    [
      'decimal64',
      '84 1122334455667788',
      { type: 'decimal64', value: Buffer.from('1122334455667788', 'hex') },
    ],
    ['decimal128', '94 00112233445566778899aabbccddeeff', { type: 'decimal128', value: bytes16 }],
  ] as const)('%s keeps its bytes', (_, hex, value) => {
    expect(decodeHex(hex)).toEqual(value);
    expect(encode(value).toString('hex')).toBe(hex.replaceAll(' ', ''));
  });

  test.each<[string, string, AmqpValue]>([
    ['boolean of one byte', '56 01', true],
    ['empty list', '45', { type: 'list', value: [] }],
    ['list32', 'd0 00000005 00000001 40', { type: 'list', value: [null] }],
    ['map32', 'd1 00000006 00000002 4041', map([[null, true]])],
    ['string32', 'b1 00000001 61', 'a'],
    ['symbol32', 'b3 00000001 61', symbol('a')],
    ['binary32', 'b0 00000001 61', binary(Buffer.from('a'))],
    ['a long ulong', '80 0000000000000001', ulong(1)],
  ])('%s is read in the form that we do not write', (_, hex, value) => {
    expect(decodeHex(hex)).toEqual(value);
  });
});

describe('arrays', () => {
  const arrays: [string, string, AmqpValue[]][] = [
    ['of symbols', 'e0 06 02 a3 0161 0162', [symbol('a'), symbol('b')]],
    ['of ints', 'e0 0a 02 71 00000001 ffffffff', [int(1), int(-1)]],
    ['of true, which has no bytes', 'e0 02 03 41', [true, true, true]],
    ['empty', 'e0 02 00 a1', []],
    ['of lists', 'e0 06 02 c0 0100 0100', [list(), list()]],
    ['of arrays', 'e0 06 01 e0 03 01 50 07', [array('e0 03 01 50 07', [ubyte(7)])]],
    [
      'of described values',
      'e0 05 01 00 5305 40',
      [{ type: 'described', descriptor: ulong(5), value: null }],
    ],
    ['32', 'f0 00000007 00000001 60 0102', [{ type: 'ushort', value: 0x102 }]],
  ];

  test.each(arrays)('%s are read, and written as they came', (_, hex, value) => {
    const read = decodeHex(hex);
    expect(read).toMatchObject({ type: 'array', value });
    expect(encode(read).toString('hex')).toBe(hex.replaceAll(' ', ''));
  });

  test('that we make are read by rhea', () => {
    for (const made of [symbolArray(['EXTERNAL', 'PLAIN']), stringArray(['EXTERNAL', 'PLAIN'])]) {
      const { value } = new types.Reader(encode(made)).read();
      expect(value.map((item) => item.value)).toEqual(['EXTERNAL', 'PLAIN']);
      expect(decode(encode(made))).toEqual(made);
    }
  });

  function array(hex: string, value: AmqpValue[]): AmqpValue {
    const bytes = Buffer.from(hex.replaceAll(' ', ''), 'hex');
    return { type: 'array', value, code: 0xe0, encoded: bytes.subarray(1) };
  }

  function list(): AmqpValue {
    return { type: 'list', value: [] };
  }
});

describe('malformed values', () => {
  test.each([
    ['nothing', '', 'bytes that end within a value'],
    ['an unknown constructor', '3f', 'a value was due, a constructor 0x3f came'],
    ['an unknown compound', 'c5 01 00', 'a value was due, a constructor 0xc5 came'],
    ['a number cut off', '70 0000', 'bytes that end within a value'],
    ['a string beyond the end', 'a1 05 61', 'bytes that end within a value'],
    ['a string of 4 GiB', 'b1 ffffffff 61', 'bytes that end within a value'],
    ['a string that is not UTF-8', 'a1 02 c328', 'a string that is not UTF-8'],
    ['a list beyond the end', 'c0 05 01 40', 'a compound value of 5 bytes that are not there'],
    ['a list without room for its count', 'c0 00', 'a compound value of 0 bytes'],
    ['a list with more elements than bytes', 'c0 02 09 40', 'a compound value of 9 elements'],
    ['a list with bytes behind its elements', 'c0 03 01 40 40', 'whose size is not that of'],
    ['a list with an element that crosses its end', 'c0 03 01 a1 05 6162636465', 'whose size'],
    ['a map with a lone key', 'c1 02 01 40', 'a map with a key without a value'],
    ['an array of 257 without bytes', 'f0 00000005 00000101 41', '257 elements without bytes'],
    ['an array of 4 billion without bytes', 'f0 00000005 ffffffff 40', 'of 4294967295 elements'],
    ['a char beyond Unicode', '73 00110000', 'a char of 1114112'],
    ['an array of nothing known', 'e0 02 01 30', 'a value was due'],
  ])('%s', (_, hex, message) => {
    const reader = (): AmqpReader => new AmqpReader(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
    expect(() => readValue(reader())).toThrow(AmqpDecodeError);
    expect(() => readValue(reader())).toThrow(message);
  });

  test.each([
    ['lists', 'c0ff01'.repeat(300)],
    ['descriptors', '00'.repeat(100_000)],
    ['described values', '005301'.repeat(10_000)],
    ['arrays', 'e0ff01'.repeat(300)],
  ])('%s within one another end at a depth', (_, hex) => {
    expect(() => readValue(new AmqpReader(Buffer.from(hex, 'hex')))).toThrow('16 deep');
  });

  test.each([
    ['descriptors', '00'.repeat(100_000)],
    ['described values', '005301'.repeat(10_000)],
  ])('%s within one another are not skipped either', (_, hex) => {
    const reader = new AmqpReader(Buffer.from(hex, 'hex'));
    expect(() => {
      reader.skipValue();
    }).toThrow('16 deep');
  });

  /** A list of as many elements, all the same. */
  function listOf(count: number, element: string): Buffer {
    const elements = Buffer.from(element.repeat(count), 'hex');
    const head = Buffer.from('d00000000000000000', 'hex');
    head.writeUInt32BE(4 + elements.length, 1);
    head.writeUInt32BE(count, 5);
    return Buffer.concat([head, elements]);
  }

  test.each([
    ['nulls', 'e0028040'],
    ['empty lists', 'e0028045'],
    ['described values', 'e0058000530545'],
  ])('arrays of %s have a bound together, which is low', (_, array) => {
    expect(decode(listOf(2, array))).toMatchObject({ type: 'list' });
    expect(() => decode(listOf(3, array))).toThrow('an array of 128 elements without bytes');
  });

  test('all elements have a bound together', () => {
    expect(decode(listOf(16_384, '45'))).toMatchObject({ type: 'list' });
    expect(() => decode(listOf(16_385, '45'))).toThrow('a compound value of 16385 elements');
  });

  test('random bytes give a value or the typed error, and never run on', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        refuses(() => readValue(new AmqpReader(Buffer.from(bytes))));
        refuses(() => {
          new AmqpReader(Buffer.from(bytes)).skipValue();
        });
      }),
      { numRuns: 5_000 },
    );
  });
});

const values = fc.letrec<{ value: AmqpValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom<AmqpValue>(null, true, false),
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.string({ maxLength: 300 }).map(symbol),
    fc.integer({ min: -0x80000000, max: 0x7fffffff }).map(int),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(long),
    fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(ulong),
    fc.double().map((value): AmqpValue => ({ type: 'double', value })),
    fc.uint8Array({ maxLength: 300 }).map((bytes) => binary(Buffer.from(bytes))),
    fc.array(tie('value'), { maxLength: 10 }).map((value): AmqpValue => ({ type: 'list', value })),
    fc.array(fc.tuple(tie('value'), tie('value')), { maxLength: 10 }).map(map),
    fc
      .tuple(tie('value'), tie('value'))
      .map(([descriptor, value]): AmqpValue => ({ type: 'described', descriptor, value })),
  ),
})).value;

test('what is written is read back the same, and skipped over the same', () => {
  fc.assert(
    fc.property(values, (value) => {
      const bytes = encode(value);
      expect(decode(bytes)).toEqual(value);
      const reader = new AmqpReader(bytes);
      reader.skipValue();
      expect(reader.isAtEnd).toBe(true);
    }),
    { numRuns: 1_000 },
  );
});

test('what is taken from a writer does not change when it writes on', () => {
  const writer = new AmqpWriter(64);
  writer.writeString('first');
  const first = writer.take();
  writer.writeString('second');
  const second = writer.take();
  expect([decode(first), decode(second)]).toEqual(['first', 'second']);
});

/** For hostile input: whether it was refused, with the one error there is. */
function refuses(action: () => unknown): boolean {
  try {
    action();
    return false;
  } catch (error) {
    expect(error).toBeInstanceOf(AmqpDecodeError);
    return true;
  }
}
