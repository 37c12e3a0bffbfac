import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { TurnsByName } from './turns-by-name.js';

function setUp({ atOnceMax = 1, waitMsMax = 60_000 } = {}) {
  const turns = new TurnsByName({ atOnceMax, waitMsMax });
  const begun: string[] = [];
  const ends: (() => void)[] = [];
  const ask = (name: string) =>
    turns.inTurn(name, () => {
      begun.push(name);
      return new Promise<void>((resolve) => ends.push(resolve));
    });
  return { turns, ask, begun, ends };
}

test('what is of one name keeps nothing of another waiting', async () => {
  const { ask, begun, ends } = setUp({ atOnceMax: 2 });
  const asked = ['busy', 'busy', 'busy', 'busy', 'quiet'].map(ask);
  expect(begun).toEqual(['busy', 'busy', 'quiet']);
  for (let end = ends.shift(); end !== undefined; end = ends.shift()) {
    end();
    await turn();
  }
  await Promise.all(asked);
  expect(begun).toEqual(['busy', 'busy', 'quiet', 'busy', 'busy']);
});

test('who waits too long is told to try again', async () => {
  const { ask, ends } = setUp({ waitMsMax: 1 });
  const first = ask('busy');
  await expect(ask('busy')).rejects.toMatchObject({ code: 'ServiceUnavailable' });
  ends[0]?.();
  await first;
});

test('nothing is kept of a name of which nothing runs or waits, though its work failed', async () => {
  const { turns, ask, ends } = setUp();
  const first = ask('one');
  const failed = turns.inTurn('one', () => Promise.reject(new Error('failed')));
  expect(turns.names).toEqual(['one']);
  ends[0]?.();
  await first;
  await expect(failed).rejects.toThrow('failed');
  expect(turns.names).toEqual([]);
});
