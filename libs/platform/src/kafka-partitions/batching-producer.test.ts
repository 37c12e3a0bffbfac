import { expect, jest, test } from '@jest/globals';
import { eventually } from '@linchpin/testing';
import { ProtocolError, Reader, readRecordsBatch } from '@platformatic/kafka';
import {
  BatchingProducer,
  defaultProducerOptions,
  type BatchingProducerOptions,
} from './batching-producer.js';
import type { PartitionBatch, ProduceOutcome } from './produce-transport.js';
import { noHeaders } from '../kafka/record.js';

/** Brokers whose answers a test chooses; the faults here cannot be had from a real one at will. */
class FakeBrokers {
  readonly stored: string[] = [];
  readonly requests: { node: number; sequence: number; producerId: bigint; values: string[] }[] =
    [];
  readonly leaders = [1, 2];
  readonly answers: ((batch: PartitionBatch) => ProduceOutcome | Promise<ProduceOutcome>)[] = [];
  producers = 0n;
  topicExists = true;
  #inFlight = new Set<number>();

  partitionCount(): Promise<number> {
    return Promise.resolve(this.leaders.length);
  }

  leaderOf(_topic: string, partition: number): Promise<number> {
    return this.topicExists
      ? Promise.resolve(this.leaders[partition]!)
      : Promise.reject(new ProtocolError('UNKNOWN_TOPIC_OR_PARTITION'));
  }

  newProducer(): Promise<{ producerId: bigint; producerEpoch: number }> {
    this.producers += 1n;
    return Promise.resolve({ producerId: this.producers, producerEpoch: 0 });
  }

  async produce(
    node: number,
    batches: readonly PartitionBatch[],
  ): Promise<readonly ProduceOutcome[]> {
    expect(this.#inFlight).not.toContain(node);
    this.#inFlight.add(node);
    try {
      const outcomes: ProduceOutcome[] = [];
      for (const batch of batches) {
        const { firstSequence, producerId, records } = readRecordsBatch(Reader.from(batch.bytes));
        const values = records.map(({ value }) => value!.toString());
        this.requests.push({ node, sequence: firstSequence, producerId, values });
        const outcome = await this.answers.shift()?.(batch);
        if (outcome === undefined) {
          this.stored.push(...values);
        }
        outcomes.push(outcome);
      }
      return outcomes;
    } finally {
      this.#inFlight.delete(node);
    }
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

function setUp(options: Partial<BatchingProducerOptions> = {}) {
  const brokers = new FakeBrokers();
  const retried: Error[] = [];
  const producer = new BatchingProducer(
    brokers,
    { producerId: 0n, producerEpoch: 0 },
    { ...defaultProducerOptions, ...options },
    {
      stored: () => undefined,
      retrying: ({ error }) => retried.push(error),
    },
  );
  const settled: string[] = [];
  const append = (value: string, partition = 0): void => {
    producer.partition('t', partition).append({
      key: Buffer.from('k'),
      value: Buffer.from(value),
      headers: noHeaders,
      settle: (error) => settled.push(error === undefined ? value : `${value}: ${error.message}`),
    });
  };
  return { brokers, producer, append, settled, retried };
}

test('records are settled in their order, and those of one node in one request', async () => {
  const { brokers, producer, append, settled } = setUp();
  brokers.leaders[1] = 1;

  append('a');
  append('b', 1);
  append('c');
  await producer.flush();

  expect(brokers.stored).toEqual(['a', 'c', 'b']);
  expect(settled).toEqual(['a', 'c', 'b']);
  expect(producer.pendingBytes).toBe(0);
});

test('a batch whose request gets no answer is repeated byte for byte before later ones', async () => {
  const { brokers, producer, append, settled, retried } = setUp();
  brokers.answers.push(() => Promise.reject(new Error('connection closed')));

  append('a');
  await eventually(() => brokers.requests.length > 0);
  append('b');
  await producer.flush();

  expect(brokers.requests.map(({ sequence, values }) => [sequence, values])).toEqual([
    [0, ['a']],
    [0, ['a']],
    [1, ['b']],
  ]);
  expect(settled).toEqual(['a', 'b']);
  expect(retried).toHaveLength(1);
});

test('a batch that the broker had stored already counts as stored', async () => {
  const { brokers, producer, append, settled } = setUp();
  brokers.answers.push(() => new ProtocolError('DUPLICATE_SEQUENCE_NUMBER'));

  append('a');
  await producer.flush();

  expect(settled).toEqual(['a']);
});

test('when the broker has forgotten the producer, the batch goes on under a new identity', async () => {
  const { brokers, producer, append, settled } = setUp();
  append('a');
  await producer.flush();
  brokers.answers.push(() => new ProtocolError('UNKNOWN_PRODUCER_ID'));

  append('b');
  await producer.flush();

  expect(brokers.requests.at(-1)).toMatchObject({ sequence: 0, producerId: 1n, values: ['b'] });
  expect(settled).toEqual(['a', 'b']);
});

test('a partition that moved is sent to its new leader', async () => {
  const { brokers, producer, append } = setUp();
  brokers.answers.push(() => new ProtocolError('NOT_LEADER_OR_FOLLOWER'));
  append('a');
  await eventually(() => brokers.requests.length > 0);
  brokers.leaders[0] = 5;
  await producer.flush();

  expect(brokers.requests.map(({ node }) => node)).toEqual([1, 5]);
  expect(brokers.stored).toEqual(['a']);
});

test('a batch that is too large is halved; a record that is too large fails alone', async () => {
  const { brokers, producer, append, settled } = setUp();
  const refuseBig = (batch: PartitionBatch) =>
    batch.bytes.includes('big') ? new ProtocolError('MESSAGE_TOO_LARGE') : undefined;
  brokers.answers.push(refuseBig, refuseBig, refuseBig, refuseBig, refuseBig, refuseBig, refuseBig);

  for (const value of ['a', 'b', 'big', 'd']) {
    append(value);
  }
  await producer.flush();

  expect(brokers.stored).toEqual(['a', 'b', 'd']);
  expect(settled.map((line) => line.split(':')[0])).toEqual(['a', 'b', 'big', 'd']);
});

test('a slow node holds up its own partitions alone', async () => {
  const { brokers, producer, append, settled } = setUp();
  let answer: (outcome: ProduceOutcome) => void = () => undefined;
  brokers.answers.push(() => new Promise((resolve) => (answer = resolve)));

  append('slow', 0);
  await eventually(() => brokers.requests.length === 1);
  append('fast', 1);
  await eventually(() => settled.length > 0);

  expect(settled).toEqual(['fast']);
  answer(undefined);
  await producer.flush();
  expect(settled).toEqual(['fast', 'slow']);
});

test('what is more than a request may hold goes in several, in turns of the partitions', async () => {
  const { brokers, producer, append, settled } = setUp({ requestBytesMax: 1, batchRecordsMax: 1 });
  brokers.leaders.splice(0, 2, 1, 1, 1);

  ['a1', 'a2'].forEach((value) => {
    append(value, 0);
  });
  append('b', 1);
  append('c', 2);
  await producer.flush();

  expect(brokers.requests.map(({ values }) => values)).toEqual([['a1'], ['b'], ['c'], ['a2']]);
  expect(settled).toEqual(['a1', 'b', 'c', 'a2']);
  expect(producer.pendingBytes).toBe(0);
});

test('batches of one byte fill a request by what it has beside them', async () => {
  const { brokers, producer, append } = setUp({ requestBytesMax: 200 });
  brokers.leaders.splice(0, 2, 1, 1, 1);
  const produce = jest.spyOn(brokers, 'produce');

  append('a', 0);
  append('b', 1);
  append('c', 2);
  await producer.flush();

  expect(produce.mock.calls.map(([, batches]) => batches.length)).toEqual([2, 1]);
});

test('it is full above its bound, and has room again once records are stored', async () => {
  const { brokers, producer, append } = setUp({ pendingBytesMax: 1_000 });
  let answer: (outcome: ProduceOutcome) => void = () => undefined;
  brokers.answers.push(() => new Promise((resolve) => (answer = resolve)));

  append('x'.repeat(900));
  expect(producer.isFull).toBe(false);
  append('y'.repeat(900));
  expect(producer.isFull).toBe(true);

  await eventually(() => brokers.requests.length > 0);
  answer(undefined);
  await producer.flush();
  expect(producer.isFull).toBe(false);
});

test('a topic that never comes fails its records in the end', async () => {
  const { brokers, producer, append, settled } = setUp({ unknownTopicTimeoutMs: 200 });
  brokers.topicExists = false;

  append('a');
  append('b');
  await producer.flush();

  expect(settled).toEqual([expect.stringMatching(/^a: /), expect.stringMatching(/^b: /)]);
});
