import { expect, test } from '@jest/globals';
import { RepeatedWork } from './repeated-work.js';

test('work is done at the start and again, and never twice at once', async () => {
  let running = 0;
  let most = 0;
  let times = 0;
  await new Promise<void>((resolve) => {
    const repeated = RepeatedWork.start(async () => {
      running += 1;
      most = Math.max(most, running);
      await Promise.resolve();
      running -= 1;
      times += 1;
      if (times === 3) {
        void repeated.stop().then(resolve);
      }
    }, 1);
  });
  expect([times, most]).toEqual([3, 1]);
});

test('stop waits for the work in hand, which hears of it, and for no period', async () => {
  let finish: () => void = () => undefined;
  let heard: AbortSignal | undefined;
  let isStopped = false;
  const repeated = RepeatedWork.start((signal) => {
    heard = signal;
    return new Promise((resolve) => {
      finish = resolve;
    });
  }, 3_600_000);

  const stopped = repeated.stop().then(() => {
    isStopped = true;
  });
  await Promise.resolve();
  expect([heard?.aborted, isStopped]).toEqual([true, false]);
  finish();
  await stopped;
  expect(isStopped).toBe(true);
});
