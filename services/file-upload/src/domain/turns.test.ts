import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { Turns } from './turns.js';

/** Works that end when the test says so. */
function setUp(atOnceMax: number) {
  const turns = new Turns(atOnceMax);
  const { signal } = new AbortController();
  const begun: string[] = [];
  const ends = new Map<string, (error?: Error) => void>();
  const take = (name: string, until = signal): Promise<string> =>
    turns.take(
      () =>
        new Promise((resolve, reject) => {
          begun.push(name);
          ends.set(name, (error) => {
            if (error === undefined) {
              resolve(name);
            } else {
              reject(error);
            }
          });
        }),
      until,
    );
  return { begun, ends, take };
}

test('so many run at once, and whoever waits comes next in order', async () => {
  const { begun, ends, take } = setUp(2);
  const all = ['a', 'b', 'c', 'd'].map((name) => take(name));
  await turn();
  expect(begun).toEqual(['a', 'b']);

  ends.get('b')?.();
  await turn();
  expect(begun).toEqual(['a', 'b', 'c']);
  ends.get('a')?.();
  await turn();
  ends.get('c')?.();
  ends.get('d')?.();
  expect(await Promise.all(all)).toEqual(['a', 'b', 'c', 'd']);
});

test('a work that fails gives its turn on', async () => {
  const { begun, ends, take } = setUp(1);
  const failing = take('a');
  const waiting = take('b');
  await turn();
  ends.get('a')?.(new Error('no'));

  await expect(failing).rejects.toThrow('no');
  await turn();
  expect(begun).toEqual(['a', 'b']);
  ends.get('b')?.();
  await waiting;
});

test('who is told to end while waiting does nothing in its turn, and gives it on', async () => {
  const { begun, ends, take } = setUp(1);
  const abort = new AbortController();
  const running = take('a');
  const aborted = take('b', abort.signal);
  const waiting = take('c');
  await turn();
  abort.abort(new Error('lost'));
  ends.get('a')?.();

  await running;
  await expect(aborted).rejects.toThrow('lost');
  await turn();
  expect(begun).toEqual(['a', 'c']);
  ends.get('c')?.();
  await waiting;
});
