import { expect, test } from '@jest/globals';
import { ask, waitUntilReady } from './wait-until-ready.js';

const limits = { intervalMs: 1, timeoutMs: 5_000, questionTimeoutMs: 20 };
const never = new Promise<void>(() => undefined);
const quiet = new AbortController().signal;

test('asks until the answer is yes, through errors and silence', async () => {
  const answers = [
    () => Promise.reject(new Error('refused')),
    () => never,
    () => Promise.resolve(),
  ];
  let asked = 0;

  const whyNot = await waitUntilReady(async () => answers[asked++]!(), quiet, limits);

  expect(whyNot).toBeUndefined();
  expect(asked).toBe(3);
});

test('gives up when the time is up, with the last reason', async () => {
  const whyNot = await waitUntilReady(() => never, quiet, { ...limits, timeoutMs: 50 });

  expect(whyNot).toBe('no answer within 0.02 s');
});

test('an abort ends the waiting with its reason', async () => {
  const abort = new AbortController();
  const waiting = waitUntilReady(
    () => {
      abort.abort(new Error('told to stop'));
      return Promise.reject(new Error('not yet'));
    },
    abort.signal,
    limits,
  );

  await expect(waiting).rejects.toThrow(/told to stop|aborted/);
});

test('a question hears that its time is up', async () => {
  let wasAborted = false;
  const probe = async (signal: AbortSignal): Promise<void> => {
    signal.addEventListener('abort', () => {
      wasAborted = true;
    });
    return never;
  };

  expect(await ask(probe, quiet, 10)).toBe('no answer within 0.01 s');
  expect(wasAborted).toBe(true);
});
