import { expect, test } from '@jest/globals';
import { PartitionReader } from './partition-reader.js';
import { encodeRecordBatch } from './record-batch.js';
import { noHeaders } from '../kafka/record.js';
import { UnkeptPlace } from './unkept-place.js';

const record = { key: Buffer.from('k'), value: Buffer.from('v'), headers: noHeaders };
const batches = encodeRecordBatch(
  [record, record],
  { producerId: 1n, producerEpoch: 0, baseSequence: 0 },
  1_000,
);

test('what may not be kept waits for its turn, one reader at a time', () => {
  const received: string[] = [];
  let freed = 0;
  const unkept = new UnkeptPlace(() => (freed += 1));
  const nothing = (): void => undefined;
  const readerOf = (name: string) =>
    new PartitionReader(
      {
        room: () => 9,
        receive: () => void received.push(name),
        keep: () => false,
        ...{ caughtUp: nothing, gone: nothing, failed: nothing },
      },
      { ...{ wake: nothing, close: nothing, fail: nothing }, unkept, endOffset: () => 2 },
      0,
    );
  const first = readerOf('first');
  const second = readerOf('second');

  expect([first.offer(batches), second.offer(batches)]).toEqual([true, false]);
  expect(received).toEqual([]);
  expect([first.hasTurn, second.isHungry]).toEqual([true, false]);
  first.takeTurn(16, () => false);
  expect(received).toEqual(['first']);
  expect([first.position, first.hasTurn, second.isHungry, freed]).toEqual([1, false, true, 1]);
});
