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

function patience(patienceMs = 10_000, signal = new AbortController().signal) {
  return { patienceMs, firstWaitMs: 1, signal };
}

test('what passes is asked again', async () => {
  expect(await untilAnswered(failing(away, away), patience())).toBe(3);
});

test('what does not pass is told at once', async () => {
  const refused = new HubError('IotHubNotFound', 'gone');

  await expect(untilAnswered(failing(refused), patience())).rejects.toBe(refused);
});

test('patience has an end', async () => {
  await expect(untilAnswered(failing(away, away), patience(0))).rejects.toBe(away);
});

test('an aborted signal ends it, with its reason', async () => {
  const abort = new AbortController();
  const work = (): Promise<never> => {
    abort.abort(new Error('lost'));
    return Promise.reject(away);
  };

  await expect(untilAnswered(work, patience(10_000, abort.signal))).rejects.toThrow('lost');
});
