import { describe, expect, test } from '@jest/globals';
import { HubError } from '@linchpin/wire';
import fc from 'fast-check';

import { decodeSymmetricKey, generateSymmetricKey, validateSymmetricKey } from './symmetric-key.js';

test('service-rest 11: generated keys have 44 characters and differ', () => {
  const keys = Array.from({ length: 100 }, generateSymmetricKey);
  expect(new Set(keys).size).toBe(100);
  expect(keys.every((key) => /^[A-Za-z0-9+/]{43}=$/.test(key))).toBe(true);
  expect(decodeSymmetricKey(generateSymmetricKey())).toHaveLength(32);
});

describe('validateSymmetricKey', () => {
  test('accepts 16 to 64 bytes, padded or not', () => {
    const bytes = fc.uint8Array({ minLength: 16, maxLength: 64 });
    fc.assert(
      fc.property(bytes, (key) => {
        const text = Buffer.from(key).toString('base64');
        expect(decodeSymmetricKey(text)).toEqual(Buffer.from(key));
        expect(decodeSymmetricKey(text.replaceAll('=', ''))).toEqual(Buffer.from(key));
      }),
    );
  });

  test.each([
    '1',
    '',
    '=',
    'A'.repeat(17),
    Buffer.alloc(15).toString('base64'),
    Buffer.alloc(65).toString('base64'),
    `${'A'.repeat(24)}===`,
    `${'A'.repeat(23)} `,
    `${'A'.repeat(22)}-_`,
    '='.repeat(65_536),
  ])('service-rest 12: refuses %j', (key) => {
    expect(() => {
      validateSymmetricKey(key);
    }).toThrow(HubError);
  });

  test('what it throws does not show the key', () => {
    expect(() => {
      validateSymmetricKey('not-a-key');
    }).toThrow(/^A symmetric key is base64 of 16 to 64 bytes\.$/);
  });
});
