import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { FairTurns } from './fair-turns.js';

function setUp({ atOnceMax = 1, waitMsMax = 60_000 } = {}) {
  const turns = new FairTurns({ atOnceMax, waitMsMax });
  /** What began, in order, and how each is ended. */
  const begun: string[] = [];
  const ends: ((error?: Error) => void)[] = [];
  const ask = (hub: string, origin: string, ...numbers: readonly number[]) =>
    turns.inTurn({ hub, origin }, () => {
      begun.push([hub, origin, ...numbers].join(' '));
      return new Promise<string>((resolve, reject) => {
        ends.push((error) => {
          if (error === undefined) {
            resolve('done');
          } else {
            reject(error);
          }
        });
      });
    });
  /** Ends the one that has run longest, time after time. */
  const endAll = async () => {
    for (let end = ends.shift(); end !== undefined; end = ends.shift()) {
      end();
      await turn();
    }
  };
  return { ask, begun, ends, endAll };
}

test('so many run at once, and of one origin the others follow in their order', async () => {
  const { ask, begun, endAll } = setUp({ atOnceMax: 2 });
  const asked = [0, 1, 2, 3, 4].map((number) => ask('h', 'a', number));
  expect(begun).toHaveLength(2);
  await endAll();
  expect(await Promise.all(asked)).toEqual(Array(5).fill('done'));
  expect(begun).toEqual(['h a 0', 'h a 1', 'h a 2', 'h a 3', 'h a 4']);
});

test('hubs take turns, and in each hub those from where its clients come', async () => {
  const { ask, begun, endAll } = setUp();
  const asked = [
    ...Array.from({ length: 5 }, () => ask('stormy', 'a')),
    ask('stormy', 'b'),
    ask('quiet', 'c'),
    ask('quiet', 'c'),
    ask('other', 'a'),
  ];
  await endAll();
  await Promise.all(asked);
  expect(begun).toEqual([
    ...['stormy a', 'stormy a', 'quiet c', 'other a', 'stormy b', 'quiet c'],
    ...['stormy a', 'stormy a', 'stormy a'],
  ]);
});

test('who comes late stands before what others have more of', async () => {
  const { ask, begun, endAll } = setUp();
  const asked = Array.from({ length: 1_000 }, (_, count) => ask('h', `flood-${count % 3}`));
  asked.push(ask('h', 'device'));
  await endAll();
  await Promise.all(asked);
  expect(begun.indexOf('h device')).toBe(4);
});

test('what fails hands its place on as well', async () => {
  const { ask, ends, endAll } = setUp();
  const failed = ask('h', 'a');
  const next = ask('h', 'a');
  ends.shift()!(new Error('no answer'));
  await expect(failed).rejects.toThrow('no answer');
  await endAll();
  expect(await next).toBe('done');
  const free = ask('h', 'b');
  await endAll();
  expect(await free).toBe('done');
});

test('whose turn does not come in time is told so, and is passed over', async () => {
  const { ask, begun, endAll } = setUp({ waitMsMax: 10 });
  void ask('h', 'a');
  await expect(ask('h', 'b')).rejects.toMatchObject({ code: 'ServiceUnavailable' });
  const last = ask('h', 'c');
  await endAll();
  expect([begun, await last]).toEqual([['h a', 'h c'], 'done']);
});
