import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { percentDecode } from './percent-encoding.js';

describe('percentDecode', () => {
  test.each([
    ['plain', 'plain'],
    ['a%20b%2Bc', 'a b+c'],
    ['a+b', 'a+b'],
    ['%e2%82%ac and %E2%82%AC', '€ and €'],
    ['%F0%9F%98%80', '😀'],
    ['%2525', '%25'],
  ])('%s is %s', (text, decoded) => {
    expect(percentDecode(text)).toBe(decoded);
  });

  test.each([
    ['100%', '100%'],
    ['%', '%'],
    ['%zz%41', '%zzA'],
    ['%4', '%4'],
    ['%c3%28', '%c3('],
    ['%80%20', '%80 '],
    ['%C0%AF', '%C0%AF'],
    ['%ED%A0%80', '%ED%A0%80'],
    ['%F5%80%80%80', '%F5%80%80%80'],
    ['%E2%82 %E2%82%AC', '%E2%82 €'],
  ])('a broken escape stays as it stands: %s', (text, decoded) => {
    expect(percentDecode(text)).toBe(decoded);
  });

  test('reads back whatever encodeURIComponent wrote', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(percentDecode(encodeURIComponent(text))).toBe(text);
      }),
    );
  });

  test('agrees with decodeURIComponent wherever that does not throw, and never throws itself', () => {
    const escapes = fc.stringMatching(/^(?:%[0-9a-fA-F]{2}|[%a+])*$/);
    fc.assert(
      fc.property(escapes, (text) => {
        expect(percentDecode(text)).toBe(decodeOrSelf(text) ?? percentDecode(text));
      }),
    );
  });

  test.each(['%', '%80', '%e2%82', '%f0%9f%98', 'a%zz'])(
    'takes linear time for 64 KiB of %s',
    (unit) => {
      const text = unit.repeat(65_536 / unit.length);
      const started = performance.now();
      percentDecode(text);
      expect(performance.now() - started).toBeLessThan(100);
    },
  );
});

function decodeOrSelf(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
