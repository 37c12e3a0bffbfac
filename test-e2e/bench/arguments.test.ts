import { expect, test } from '@jest/globals';
import { parseArguments, partNames } from './arguments.js';

test('without a part all of them run, for a terminal and in full', () => {
  expect(parseArguments([])).toEqual({
    parts: partNames,
    format: 'terminal',
    isQuick: false,
    isForced: false,
  });
});

test('parts run in their own order, whatever the order of the words', () => {
  expect(parseArguments(['idle', '--quick', 'saturated', '--markdown', '--force'])).toEqual({
    parts: ['saturated', 'idle'],
    format: 'markdown',
    isQuick: true,
    isForced: true,
  });
});

test.each(['idles', '--quickly'])('%s is refused, with what is known', (word) => {
  expect(() => parseArguments(['idle', word])).toThrow(
    `npm run bench knows no "${word}". Usage: npm run bench [-- [saturated|`,
  );
});
