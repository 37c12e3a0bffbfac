import { expect, test } from '@jest/globals';
import { ratios, summarize } from './statistics.js';

test('the median is the middle one, or between the two', () => {
  expect(summarize([3, 1, 2])).toEqual({ median: 2, lowest: 1, highest: 3 });
  expect(summarize([4, 1, 2, 3])).toEqual({ median: 2.5, lowest: 1, highest: 4 });
});

test('of nothing there is no median', () => {
  expect(() => summarize([])).toThrow('nothing was measured');
});

test('ratios are of the same round', () => {
  expect(ratios([2, 9], [1, 3])).toEqual([2, 3]);
});
