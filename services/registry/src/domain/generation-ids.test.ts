import { expect, test } from '@jest/globals';
import { GenerationIds } from './generation-ids.js';

test('rises within one millisecond and when the clock goes back', () => {
  let now = new Date('2026-02-01T10:00:00.000Z');
  const generations = new GenerationIds({ clock: () => now, randomBelow: () => 9_999 });
  const first = Array.from({ length: 1_000 }, () => generations.next());
  now = new Date('2026-02-01T09:00:00.000Z');
  const all = [...first, generations.next()];
  expect(all).toEqual([...all].sort((one, other) => (one < other ? -1 : 1)));
  expect(new Set(all).size).toBe(all.length);
});

test('has 18 digits that tell the time', () => {
  const clock = () => new Date('2026-02-01T10:00:00Z');
  const generations = new GenerationIds({ clock, randomBelow: () => 42 });
  expect(generations.next()).toBe(639_055_368_000_000_042n);
});
