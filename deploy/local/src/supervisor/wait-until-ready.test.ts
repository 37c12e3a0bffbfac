import { expect, test } from '@jest/globals';
import { ask, waitUntilReady } from './wait-until-ready.js';

const limits = { intervalMs: 1, timeoutMs: 5_000, questionTimeoutMs: 20 };
const never = new Promise<boolean>(() => undefined);
const quiet = new AbortController().signal;

test('asks until the answer is yes, through errors and silence', async () => {
  const answers = [
    () => Promise.resolve(false),
    () => Promise.reject(new Error('refused')),
    () => never,
    () => Promise.resolve(true),
  ];
  let asked = 0;

  const isReady = await waitUntilReady(async () => answers[asked++]!(), quiet, limits);

  expect(isReady).toBe(true);
  expect(asked).toBe(4);
});

test('gives up when the time is up', async () => {
  const isReady = await waitUntilReady(() => never, quiet, { ...limits, timeoutMs: 50 });

  expect(isReady).toBe(false);
});

test('an abort ends the waiting with its reason', async () => {
  const abort = new AbortController();
  const waiting = waitUntilReady(
    () => {
      abort.abort(new Error('told to stop'));
      return Promise.resolve(false);
    },
    abort.signal,
    limits,
  );

  await expect(waiting).rejects.toThrow(/told to stop|aborted/);
});

test('a question hears that its time is up', async () => {
  let wasAborted = false;
  const probe = async (signal: AbortSignal): Promise<boolean> => {
    signal.addEventListener('abort', () => {
      wasAborted = true;
    });
    return never;
  };

  expect(await ask(probe, quiet, 10)).toBe(false);
  expect(wasAborted).toBe(true);
});
