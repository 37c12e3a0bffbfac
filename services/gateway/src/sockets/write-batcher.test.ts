import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { WriteBatcher } from './write-batcher.js';

test('each connection is flushed once for all of a turn, and again in the next', async () => {
  const batcher = new WriteBatcher();
  const flushed: string[] = [];
  const [one, two] = ['one', 'two'].map((name) => ({ flush: () => flushed.push(name) }));
  batcher.schedule(one!);
  batcher.schedule(two!);
  batcher.schedule(one!);
  expect(flushed).toEqual([]);
  await turn();
  expect(flushed).toEqual(['one', 'two']);
  batcher.schedule(two!);
  await turn();
  expect(flushed).toEqual(['one', 'two', 'two']);
});

test('one that is scheduled while others are flushed is flushed too', async () => {
  const batcher = new WriteBatcher();
  const flushed: string[] = [];
  const late = { flush: () => flushed.push('late') };
  batcher.schedule({
    flush: () => {
      flushed.push('early');
      batcher.schedule(late);
    },
  });
  await turn();
  expect(flushed).toEqual(['early', 'late']);
});
