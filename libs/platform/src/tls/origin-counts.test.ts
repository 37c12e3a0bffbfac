import { expect, test } from '@jest/globals';
import { OriginCounts } from './origin-counts.js';

test('connections are counted by origin', () => {
  const counts = new OriginCounts();
  counts.add('192.0.2.1');
  counts.add('192.0.2.1');
  counts.add('192.0.2.2');
  counts.remove('192.0.2.1');
  counts.remove('192.0.2.2');

  expect(['192.0.2.1', '192.0.2.2'].map((origin) => counts.of(origin))).toEqual([1, 0]);
});
