import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { RetryPauses } from './retry-pauses.js';

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(() => {
  jest.useRealTimers();
});

/** How long the next pauses take. */
async function lengths(pauses: RetryPauses, count: number): Promise<number[]> {
  const found: number[] = [];
  for (let index = 0; index < count; index++) {
    const begun = Date.now();
    const pause = pauses.next();
    jest.advanceTimersToNextTimer();
    await pause;
    found.push(Date.now() - begun);
  }
  return found;
}

test('grow from 0.2 s to 10 s', async () => {
  const pauses = new RetryPauses(() => 0);
  expect(await lengths(pauses, 8)).toEqual([200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000]);
  pauses.succeeded();
  expect(await lengths(pauses, 1)).toEqual([200]);
});

test('are shorter by chance, by half at most', async () => {
  expect(await lengths(new RetryPauses(() => 0.5), 2)).toEqual([150, 300]);
  expect(await lengths(new RetryPauses(() => 1), 2)).toEqual([100, 200]);
});

test('end at once when nobody tries again', async () => {
  const pauses = new RetryPauses();
  const pause = pauses.next();
  pauses.end();
  await pause;
  await pauses.next();
  expect(jest.getTimerCount()).toBe(0);
});
