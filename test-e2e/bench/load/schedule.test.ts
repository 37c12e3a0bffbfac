import { expect, test } from '@jest/globals';
import { Schedule } from './schedule.js';

test('messages become due evenly, each once', () => {
  const schedule = new Schedule(1_000, 500);

  expect([...schedule.due(1_004)]).toEqual([
    { number: 0, dueMs: 1_000 },
    { number: 1, dueMs: 1_002 },
    { number: 2, dueMs: 1_004 },
  ]);
  expect([...schedule.due(1_005)]).toEqual([]);
});

test('what became due while nobody looked keeps its time', () => {
  const schedule = new Schedule(0, 1_000);

  expect([...schedule.due(100)].at(-1)).toEqual({ number: 100, dueMs: 100 });
});
