import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { formatInstant, parseInstant } from './instant.js';

describe('a point in time', () => {
  test.each([
    ['1970-01-01', 0n],
    ['1970-01-01T00:00Z', 0n],
    ['1970-01-01T00:00:01', 1_000_000n],
    ['1970-01-01T00:00:00.1234567Z', 123_456n],
    ['1970-01-01T02:00:00+02:00', 0n],
    ['1969-12-31T23:59:59.999999Z', -1n],
    ['0001-01-01T00:00:00Z', -62_135_596_800_000_000n],
  ])('%s', (text, instant) => {
    expect(parseInstant(text)).toBe(instant);
  });

  test.each([
    '',
    '2026',
    '2026-13-01',
    '2026-02-30',
    '2026-01-01T24:00:00Z',
    '2026-01-01T00:00:60Z',
    '2026-01-01 00:00:00',
    '0000-01-01',
    '0001-01-01T00:00:00+01:00',
    '9999-12-31T23:59:59-01:00',
    '2026-01-01T00:00:00z',
    'dev-1',
  ])('%j is none', (text) => {
    expect(parseInstant(text)).toBeUndefined();
  });

  test('is read as it is written', () => {
    const max = 253_402_300_799_999_999n;
    fc.assert(
      fc.property(fc.bigInt({ min: -62_135_596_800_000_000n, max }), (instant) => {
        expect(parseInstant(formatInstant(instant))).toBe(instant);
      }),
    );
  });
});
