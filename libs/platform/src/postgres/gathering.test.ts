import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { Gathering } from './gathering.js';

interface UnderTest {
  readonly runningMax?: number;
  readonly itemsMax?: number;
  readonly keyOf?: (item: number) => string;
}

function underTest({ runningMax = 1, itemsMax = 10, ...others }: UnderTest = {}) {
  const runs: { readonly items: readonly number[]; end(error?: Error): void }[] = [];
  const gathering = new Gathering<number, string>({
    runningMax,
    itemsMax,
    ...others,
    run: (items) =>
      new Promise((resolve, reject) => {
        const end = (error?: Error): void => {
          if (error === undefined) {
            resolve(items.map(String));
          } else {
            reject(error);
          }
        };
        runs.push({ items, end });
      }),
  });
  return { gathering, runs };
}

test('what comes in one turn goes together, and each has its own result', async () => {
  const { gathering, runs } = underTest();
  const results = Promise.all([gathering.add(1), gathering.add(2)]);
  await nextTurn();
  runs[0]!.end();

  expect(await results).toEqual(['1', '2']);
  expect(runs.map(({ items }) => items)).toEqual([[1, 2]]);
});

test('what comes meanwhile gathers, no more than a run may have', async () => {
  const { gathering, runs } = underTest({ itemsMax: 2 });
  const results = [gathering.add(1)];
  await nextTurn();
  results.push(gathering.add(2), gathering.add(3), gathering.add(4));
  await nextTurn();
  expect(runs).toHaveLength(1);
  for (const run of [0, 1, 2]) {
    runs[run]!.end();
    await nextTurn();
    await nextTurn();
  }

  expect(await Promise.all(results)).toEqual(['1', '2', '3', '4']);
  expect(runs.map(({ items }) => items)).toEqual([[1], [2, 3], [4]]);
});

test('a failure is that of those who went together, and of no others', async () => {
  const { gathering, runs } = underTest({ runningMax: 2 });
  const failing = gathering.add(1);
  await nextTurn();
  const succeeding = gathering.add(2);
  await nextTurn();
  runs[0]!.end(new Error('lost'));
  runs[1]!.end();

  await expect(failing).rejects.toThrow('lost');
  expect(await succeeding).toBe('2');
});

test('of one key only one runs at a time, and others pass it by', async () => {
  const { gathering, runs } = underTest({ runningMax: 2, keyOf: (item) => String(item % 10) });
  const results = [1, 11, 2, 21, 12].map((item) => gathering.add(item));
  await nextTurn();
  await nextTurn();
  expect(runs.map(({ items }) => items)).toEqual([[1, 2]]);
  runs[0]!.end();
  await nextTurn();
  await nextTurn();
  expect(runs.map(({ items }) => items)).toEqual([
    [1, 2],
    [11, 12],
  ]);
  runs[1]!.end();
  await nextTurn();
  await nextTurn();
  runs[2]!.end();

  expect(await Promise.all(results)).toEqual(['1', '11', '2', '21', '12']);
});
