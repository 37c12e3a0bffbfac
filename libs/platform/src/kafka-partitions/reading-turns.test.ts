import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { ReadingTurns } from './reading-turns.js';

test('a turn ends by the clock, and nobody waits for one that has much', async () => {
  let nowMs = 0;
  const received: string[] = [];
  const turns = new ReadingTurns(() => nowMs);
  const readerOf = (name: string) => ({
    takeTurn: (recordsMax: number, hasTime: () => boolean) => {
      for (let taken = 0; taken < recordsMax && (taken === 0 || hasTime()); taken++) {
        received.push(name);
        nowMs += 20;
      }
    },
    ask() {
      if (received.length < 3) {
        turns.add(this);
      }
    },
  });
  turns.add(readerOf('a'));
  turns.add(readerOf('b'));
  await nextTurn();
  const first = [...received];
  await nextTurn();
  await nextTurn();

  expect(first).toEqual(['a']);
  expect(received).toEqual(['a', 'b', 'a']);
});
