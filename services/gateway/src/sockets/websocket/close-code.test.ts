import { expect, test } from '@jest/globals';
import { decodeCloseCode, encodeCloseCode } from './close-code.js';

test.each([
  ['', undefined],
  ['03e8', 1000],
  ['03f3', 1011],
  ['0bb8', 3000],
  ['1387', 4999],
  ['03e9676f696e672061776179', 1001],
  ['03e8c3bc', 1000],
])('%s tells %s', (payload, code) => {
  expect(decodeCloseCode(Buffer.from(payload, 'hex'))).toBe(code);
});

test.each(['03', '0000', '03e7', '03ec', '03ed', '03ee', '03f7', '0bb7', '1388', 'ffff'])(
  '%s is no code that a frame may have',
  (payload) => {
    const decode = () => decodeCloseCode(Buffer.from(payload, 'hex'));
    expect(decode).toThrow(expect.objectContaining({ closeCode: 1002 }));
  },
);

test('a reason is UTF-8', () => {
  const decode = () => decodeCloseCode(Buffer.from('03e8c3', 'hex'));
  expect(decode).toThrow(expect.objectContaining({ closeCode: 1007 }));
});

test.each([undefined, 1000, 1003, 4999])('%s is told as it is read', (code) => {
  expect(decodeCloseCode(encodeCloseCode(code))).toBe(code);
});
