import { expect, test } from '@jest/globals';
import { HubError } from '@linchpin/wire';
import { untilAnswered } from './patience.js';

const away = new HubError('ServiceUnavailable', 'away');

function failing(...errors: readonly Error[]): () => Promise<number> {
  let asked = 0;
  return () => {
    const error = errors[asked++];
    return error === undefined ? Promise.resolve(asked) : Promise.reject(error);
  };
}

/** Of a clock that goes on by a second each time it is asked. */
function patience(patienceMs: number) {
  let nowMs = 0;
  return { patienceMs, firstWaitMs: 1, clock: () => (nowMs += 1_000) };
}

const unaborted = new AbortController().signal;

test('what passes is asked again', async () => {
  expect(await untilAnswered(failing(away, away), patience(10_000), unaborted)).toBe(3);
});

test('what does not pass is told at once', async () => {
  const refused = new HubError('IotHubNotFound', 'gone');

  await expect(untilAnswered(failing(refused), patience(10_000), unaborted)).rejects.toBe(refused);
});

test('patience has an end', async () => {
  const last = new HubError('ServiceUnavailable', 'still away');

  await expect(untilAnswered(failing(away, last), patience(1_500), unaborted)).rejects.toBe(last);
});

test('an aborted signal ends it, with its reason', async () => {
  const abort = new AbortController();
  const work = (): Promise<never> => {
    abort.abort(new Error('lost'));
    return Promise.reject(away);
  };

  await expect(untilAnswered(work, patience(10_000), abort.signal)).rejects.toThrow('lost');
});
