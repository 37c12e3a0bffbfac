import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from '@jest/globals';
import { InFlight } from './in-flight.js';

test('what has begun is there by its number until it ends', () => {
  const inFlight = new InFlight<{ readonly name: string }>();
  inFlight.set(7, { name: 'a' });
  inFlight.set(4_294_967_295, { name: 'b' });

  expect([inFlight.size, inFlight.has(7), inFlight.has(8)]).toEqual([2, true, false]);
  expect([inFlight.ids(), inFlight.values()]).toEqual([
    [7, 4_294_967_295],
    [{ name: 'a' }, { name: 'b' }],
  ]);
  expect(inFlight.take(7)).toEqual({ name: 'a' });
  expect(inFlight.take(7)).toBeUndefined();
  expect([inFlight.size, inFlight.values()]).toEqual([1, [{ name: 'b' }]]);
  expect(() => {
    inFlight.set(4_294_967_295, { name: 'c' });
  }).toThrow('each has its own number');
});

test('what has ended is collected with what is young', () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as (terms?: { type: 'minor' }) => void;
  const inFlight = new InFlight<number[]>();
  const roundIds = (round: number) =>
    Array.from({ length: 200 }, (_, index) => 200 * round + index);
  const usedMb = () => process.memoryUsage().heapUsed / 1_000_000;
  collect();
  const atFirstMb = usedMb();
  for (let round = 0; round < 30; round++) {
    for (const id of roundIds(round)) {
      inFlight.set(
        id,
        Array.from({ length: 500 }, () => id),
      );
    }
    if (round % 3 === 1) {
      // Some are in flight when a collection comes, as ever.
      collect({ type: 'minor' });
    }
    roundIds(round).forEach((id) => inFlight.take(id));
  }
  collect({ type: 'minor' });
  collect({ type: 'minor' });

  // With a Map it is 20 to 40: all 30 rounds of 0.8.
  expect(usedMb() - atFirstMb).toBeLessThan(8);
});
