import { describe, expect, test } from '@jest/globals';
import { HubError } from '@linchpin/wire';

import { normalizeThumbprint, thumbprintsOf } from './thumbprint.js';

describe('thumbprintsOf', () => {
  test('security-limits 16: SHA-1 and SHA-256 of the DER, as every tool prints them', () => {
    expect(thumbprintsOf(Buffer.from('abc'))).toEqual({
      sha1: 'A9993E364706816ABA3E25717850C26C9CD0D89D',
      sha256: 'BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD',
    });
  });

  test('are in normal form', () => {
    const { sha1, sha256 } = thumbprintsOf(Buffer.alloc(100));
    expect([normalizeThumbprint(sha1), normalizeThumbprint(sha256)]).toEqual([sha1, sha256]);
  });
});

describe('normalizeThumbprint', () => {
  test.each([
    'a9993e364706816aba3e25717850c26c9cd0d89d',
    'A9:99:3E:36:47:06:81:6A:BA:3E:25:71:78:50:C2:6C:9C:D0:D8:9D',
    'a9 99 3e 36 47 06 81 6a ba 3e 25 71 78 50 c2 6c 9c d0 d8 9d',
    'A9993E36-4706816A-BA3E2571-7850C26C-9CD0D89D',
  ])('letter case and separators do not matter: %s', (text) => {
    expect(normalizeThumbprint(text)).toBe('A9993E364706816ABA3E25717850C26C9CD0D89D');
  });

  test.each(['', 'A'.repeat(39), 'A'.repeat(41), 'A'.repeat(63), 'G'.repeat(40), 'A'.repeat(65)])(
    'refuses %s',
    (text) => {
      expect(() => normalizeThumbprint(text)).toThrow(HubError);
    },
  );
});
