import { expect, test } from '@jest/globals';
import { BackOff } from './back-off.js';

const limits = { firstMs: 250, maxMs: 2_000, resetAfterMs: 60_000 };

test('the wait doubles with every end in a row, up to its limit', () => {
  const backOff = new BackOff(limits);

  expect([1, 2, 3, 4, 5].map(() => backOff.nextDelayMs(10))).toEqual([
    250, 500, 1_000, 2_000, 2_000,
  ]);
});

test('a process that ran well begins anew', () => {
  const backOff = new BackOff(limits);
  backOff.nextDelayMs(10);
  backOff.nextDelayMs(10);

  expect(backOff.nextDelayMs(60_000)).toBe(250);
  expect(backOff.nextDelayMs(59_999)).toBe(500);
});
