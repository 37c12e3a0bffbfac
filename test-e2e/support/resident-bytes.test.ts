import { expect, test } from '@jest/globals';
import { parseResidentBytes, residentBytesOf } from './resident-bytes.js';

test('what is in use counts, not what it was at its highest', () => {
  expect(parseResidentBytes('Name:\tnode\nVmHWM:\t  200 kB\nVmRSS:\t  100 kB\n')).toBe(102_400);
});

test('a process that is ending has none', () => {
  expect(parseResidentBytes('Name:\tnode\nState:\tZ (zombie)\n')).toBeNaN();
});

test('a process that runs has some', () => {
  expect(residentBytesOf(process.pid)).toBeGreaterThan(10 * 2 ** 20);
});
