import { describe, expect, test } from '@jest/globals';
import { AmqpReader } from '../codec/amqp-reader.js';
import { readValue } from '../codec/read-value.js';
import { encodeAttach } from './attach.js';
import { encodeBegin } from './begin.js';
import { encodeDetach } from './detach.js';
import { encodeSettlement } from './disposition.js';
import { encodeClose, encodeEnd } from './ending.js';
import { encodeFlow } from './flow.js';
import { encodeOpen } from './open.js';
import { accepted } from './outcomes.js';
import {
  attach,
  begin,
  bytesOf,
  encode,
  error,
  flow,
  open,
  transfer,
} from './performatives.fake.js';
import { encodeSaslMechanisms, encodeSaslOutcome } from './sasl.js';
import { encodeTransfer } from './transfer.js';

describe('the bytes that are written', () => {
  test.each<[string, Buffer, string, number]>([
    [
      'open: ten fields (amqp.md §3)',
      encode(encodeOpen, open),
      '005310 c0190a a10163 a10168 7000010000 601fff 700003a980 4040404040',
      10,
    ],
    [
      'begin: eight fields (amqp.md §3)',
      encode(encodeBegin, begin),
      '005311 c01808 600001 5201 7000001388 70ffffffff 700003ffff 404040',
      8,
    ],
    [
      'attach: fourteen fields, a source of eleven, a target of seven (amqp.md §4.2)',
      encode(encodeAttach, attach),
      '005312 c03a0e a1016e 43 41 5000 40 005328c00e0b a1017340404040404040404040 005329c00a07 a10174404040404040 40 40 40 800000000000100000 40 40 40',
      14,
    ],
    [
      'flow: eleven fields (amqp.md §4.2)',
      encode(encodeFlow, flow),
      '005313 c0190b 43 7000001388 5201 70ffffffff 43 43 70000003e8 43 40 42 40',
      11,
    ],
    [
      'transfer: eleven fields',
      encode(encodeTransfer, transfer),
      '005314 c0120b 5201 5202 a003746167 43 40 42 40404040 40',
      11,
    ],
    [
      'disposition: six fields',
      encode(encodeSettlement, { role: 'receiver', first: 1, last: 2, outcome: accepted }),
      '005315 c00c06 41 5201 5202 41 00532445 40',
      6,
    ],
    [
      'detach: three fields',
      encode(encodeDetach, { handle: 0, closed: true, error: null }),
      '005316 c00403 43 41 40',
      3,
    ],
    ['end: one field', encode(encodeEnd, null), '005317 c00201 40', 1],
    ['close: one field', encode(encodeClose, null), '005318 c00201 40', 1],
    [
      'an error of three elements, its info with symbols for keys',
      encode(encodeClose, error),
      '005318 c03701 00531d c03103 a312616d71703a6c696e6b3a7265646972656374 40 c11904 a308686f73746e616d65 a10168 a304706f7274 7100001627',
      1,
    ],
    [
      'sasl-mechanisms: an array of symbols with four bytes of length (amqp.md §2.2)',
      encode(encodeSaslMechanisms, ['A', 'B']),
      '005340 c01501 f00000000f00000002b3 0000000141 0000000142',
      1,
    ],
    [
      'sasl-outcome: two fields',
      encode(encodeSaslOutcome, { code: 0, additionalData: Buffer.from('Welcome!') }),
      '005344 c00d02 5000 a00857656c636f6d6521',
      2,
    ],
  ])('%s', (_, bytes, expected, count) => {
    expect(bytes).toEqual(bytesOf(expected));
    expect(fieldCount(bytes)).toBe(count);
  });

  test('a handle that is refused has neither source nor target', () => {
    const bytes = encode(encodeAttach, { ...attach, source: null, target: null });
    expect(fieldCount(bytes)).toBe(14);
    expect(bytes).toEqual(
      bytesOf('005312 c01a0e a1016e 43 41 5000 40 40 40 40 40 40 80000000000010000040 4040'),
    );
  });
});

function fieldCount(bytes: Buffer): number {
  const value = readValue(new AmqpReader(bytes)) as unknown as { value: { value: unknown[] } };
  return value.value.value.length;
}
