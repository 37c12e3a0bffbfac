import { expect, test } from '@jest/globals';
import { parseIsoDuration } from './iso-duration.js';

test.each([
  ['PT1H', 3_600],
  ['PT5S', 5],
  ['P2D', 172_800],
  ['P1DT12H', 129_600],
  ['PT1M30.5S', 90],
  ['PT0S', 0],
])('%s has %i seconds', (text, seconds) => {
  expect(parseIsoDuration(text)).toBe(seconds);
});

test.each([
  '',
  'P',
  'PT',
  'P1DT',
  '1H',
  'PT1',
  'P1Y',
  'P1M',
  'PT-1H',
  'pt1h',
  'PT1H ',
  'PT999999S',
])('%j is no duration', (text) => {
  expect(parseIsoDuration(text)).toBeUndefined();
});
