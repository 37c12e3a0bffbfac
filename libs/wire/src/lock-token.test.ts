import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { formatLockToken, parseLockToken } from './lock-token.js';

const bytes = Buffer.from('00112233445566778899aabbccddeeff', 'hex');
const text = '33221100-5544-7766-8899-aabbccddeeff';

test('section 6.2 of amqp.md: the text of the bytes as .NET has it', () => {
  expect(formatLockToken(bytes)).toBe(text);
});

test.each([text, text.toUpperCase(), `"${text}"`])('%s is the same lock', (token) => {
  expect(parseLockToken(token)).toEqual(bytes);
});

test.each([
  '',
  '""',
  text.slice(1),
  `${text}0`,
  text.replaceAll('-', ''),
  `{${text}}`,
  'x'.repeat(36),
])('%j names no lock', (token) => {
  expect(parseLockToken(token)).toBeUndefined();
});

test('each 16 bytes come back', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (token) => {
      expect(parseLockToken(formatLockToken(token))).toEqual(Buffer.from(token));
    }),
  );
});
