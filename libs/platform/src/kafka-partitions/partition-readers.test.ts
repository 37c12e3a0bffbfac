import { afterEach, expect, test } from '@jest/globals';
import { eventually } from '@linchpin/testing';
import { ProtocolError } from '@platformatic/kafka';
import type { FetchedPartition, FetchPosition } from './fetch-requests.js';
import { PartitionReaders } from './partition-readers.js';
import type { PartitionReader } from './partition-reader.js';
import { encodeRecordBatch } from './record-batch.js';
import { noHeaders } from '../kafka/record.js';

const options = {
  waitMs: 5,
  bytesMax: 1_000_000,
  partitionBytesMax: 200,
  requestTimeoutMs: 1_000,
  partitionsMax: 100,
  unknownTopicTimeoutMs: 0,
};

/** One broker with one partition a topic, whose records are texts in batches of one. */
class FakeBroker {
  readonly topics = new Map<string, string[]>();
  readonly requests: (readonly FetchPosition[])[] = [];
  /** Taken by the next fetches, one each. */
  readonly errors: Error[] = [];
  /** Compressed in a way that nobody knows. */
  unreadableOffset = -1;
  beginOffset = 0;
  /** So many answers say that the offset is out of range, whatever is asked for. */
  outOfRangeAnswers = 0;
  underWay = 0;
  underWayMax = 0;

  topicId(topic: string): Promise<string> {
    return this.topics.has(topic)
      ? Promise.resolve(`id-of-${topic}`)
      : Promise.reject(new ProtocolError('UNKNOWN_TOPIC_OR_PARTITION'));
  }

  async leaderOf(topic: string): Promise<number> {
    await this.topicId(topic);
    return 1;
  }

  extentOf(topic: string) {
    const endOffset = this.topics.get(topic)?.length ?? 0;
    return Promise.resolve({ beginOffset: this.beginOffset, endOffset, lastTimeMs: undefined });
  }

  offsetAt(): Promise<number> {
    return Promise.resolve(0);
  }

  async fetch(_: number, positions: readonly FetchPosition[]): Promise<FetchedPartition[]> {
    this.requests.push(positions);
    this.underWay += 1;
    this.underWayMax = Math.max(this.underWayMax, this.underWay);
    await new Promise((resolve) => setTimeout(resolve, options.waitMs));
    this.underWay -= 1;
    const error = this.errors.shift();
    if (error !== undefined) {
      throw error;
    }
    return positions.map((position) => this.#answer(position));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #answer({ topicId, partition, offset }: FetchPosition): FetchedPartition {
    const texts = this.topics.get(topicId.replace('id-of-', ''));
    const isOutOfRange =
      texts !== undefined &&
      (this.outOfRangeAnswers-- > 0 || offset < this.beginOffset || offset > texts.length);
    const errorCode = texts === undefined ? 100 : isOutOfRange ? 1 : 0;
    const found = errorCode === 0 ? (texts ?? []).slice(offset, offset + 3) : [];
    const batches = found.map((text, index) => {
      const record = { key: Buffer.from('k'), value: Buffer.from(text), headers: noHeaders };
      const batch = encodeRecordBatch([record], producer, 1_000);
      batch.writeBigInt64BE(BigInt(offset + index), 0);
      batch.writeInt16BE(offset + index === this.unreadableOffset ? 7 : 0, attributesOffset);
      return batch;
    });
    const endOffset = errorCode === 0 ? (texts ?? []).length : -1;
    return { topicId, partition, errorCode, endOffset, batches: Buffer.concat(batches) };
  }
}

const attributesOffset = 21;
const producer = { producerId: 1n, producerEpoch: 0, baseSequence: 0 };

/** A reader with as much room as a test gives it. */
class TestReader {
  readonly texts: string[] = [];
  readonly kept: number[] = [];
  room = 0;
  keeps = true;
  caughtUp = 0;
  isGone = false;
  failure: unknown;
  reader: PartitionReader | undefined;

  async open(readers: PartitionReaders, topic: string, offset: number): Promise<this> {
    this.reader = await readers.open(
      { topic, partition: 0, offset },
      {
        room: () => this.room,
        receive: ({ value }) => {
          this.room -= 1;
          this.texts.push(value.toString());
        },
        keep: (bytes) => {
          this.kept.push(bytes);
          return this.keeps;
        },
        caughtUp: () => {
          this.caughtUp += 1;
        },
        gone: () => {
          this.isGone = true;
        },
        failed: (error) => {
          this.failure = error;
        },
      },
    );
    return this;
  }

  give(room: number): void {
    this.room = room;
    this.reader?.ask();
  }
}

let broker = new FakeBroker();
const troubles: unknown[] = [];
const observer = {
  readsWait: (error: unknown) => void troubles.push(error),
  readsFlow: () => undefined,
};
let readers = new PartitionReaders(broker, options, observer);

function start(topics: Record<string, string[]>): void {
  troubles.length = 0;
  broker = new FakeBroker();
  for (const [topic, texts] of Object.entries(topics)) {
    broker.topics.set(topic, texts);
  }
  readers = new PartitionReaders(broker, options, observer);
}

afterEach(() => readers.close());

const letters = Array.from('abcdefghij');

test('a reader receives as much as it has room for, and what was fetched is not fetched again', async () => {
  start({ t: letters });
  const reader = await new TestReader().open(readers, 't', 2);
  reader.give(1);
  await eventually(() => reader.texts.length === 1);
  reader.give(2);
  await eventually(() => reader.texts.length === 3);

  expect(reader.texts).toEqual(['c', 'd', 'e']);
  expect(broker.requests.flat()).toEqual([{ topicId: 'id-of-t', partition: 0, offset: 2 }]);
  reader.give(100);
  await eventually(() => reader.texts.length === 8);
  expect(reader.texts.join('')).toBe('cdefghij');
  expect(reader.kept.at(-1)).toBe(0);
});

test('what may not be kept is fetched again when it is wanted', async () => {
  start({ t: letters });
  const reader = await new TestReader().open(readers, 't', 0);
  reader.keeps = false;
  for (const count of [1, 2, 3]) {
    reader.give(1);
    await eventually(() => reader.texts.length === count);
  }

  expect(reader.texts).toEqual(['a', 'b', 'c']);
  expect(broker.requests.flat().map(({ offset }) => offset)).toEqual([0, 1, 2]);
});

test('readers without room cost no request', async () => {
  start({ t: letters, u: ['u'] });
  const reader = await new TestReader().open(readers, 't', 0);
  const other = await new TestReader().open(readers, 'u', 0);
  reader.give(0);
  other.give(2);
  await eventually(() => other.caughtUp > 1);

  expect(new Set(broker.requests.flat().map(({ topicId }) => topicId))).toEqual(
    new Set(['id-of-u']),
  );
});

test('readers of one partition at different places all get there, by one request at a time', async () => {
  start({ t: letters, u: ['u', 'v', 'w'] });
  const places = [0, 4, 7, 10];
  const all = await Promise.all(
    places.map((offset) => new TestReader().open(readers, 't', offset)),
  );
  const other = await new TestReader().open(readers, 'u', 0);
  for (const reader of [...all, other]) {
    reader.give(100);
  }
  await eventually(() => all.every(({ caughtUp }) => caughtUp > 0) && other.texts.length === 3);
  letters.push('k');
  await eventually(() => all.every(({ texts }) => texts.at(-1) === 'k'));
  letters.pop();

  expect(all.map(({ texts }) => texts.join(''))).toEqual(['abcdefghijk', 'efghijk', 'hijk', 'k']);
  expect(broker.underWayMax).toBe(1);
  for (const request of broker.requests) {
    expect(new Set(request.map(({ topicId }) => topicId)).size).toBe(request.length);
  }
});

test('a reader that is closed receives nothing more, and nothing is fetched for it', async () => {
  start({ t: letters, u: ['u'] });
  const reader = await new TestReader().open(readers, 't', 0);
  const other = await new TestReader().open(readers, 'u', 0);
  reader.give(1);
  await eventually(() => reader.texts.length === 1);
  reader.reader?.close();
  reader.give(10);
  other.give(2);
  await eventually(() => other.caughtUp > 1);

  expect(reader.texts).toEqual(['a']);
  expect(broker.requests.flat().filter(({ topicId }) => topicId === 'id-of-t')).toHaveLength(1);
  expect(reader.kept.at(-1)).toBe(0);
});

test.each([
  ['older than what is kept, the oldest', 0, 'efghij'],
  ['that was lost, the end', 20, ''],
])('in place of an offset %s is read', async (_, offset, expected) => {
  start({ t: letters });
  broker.beginOffset = 4;
  const reader = await new TestReader().open(readers, 't', offset);
  reader.give(100);
  await eventually(() => reader.caughtUp > 0);

  expect(reader.texts.join('')).toBe(expected);
});

test('an offset that is there by the time that one looks is read', async () => {
  start({ t: letters });
  broker.outOfRangeAnswers = 1;
  const reader = await new TestReader().open(readers, 't', 4);
  reader.give(100);
  await eventually(() => reader.caughtUp > 0);

  expect(reader.texts.join('')).toBe('efghij');
});

test('after a failure it is tried again', async () => {
  start({ t: letters });
  broker.errors.push(new Error('no answer'), new ProtocolError('NOT_LEADER_OR_FOLLOWER'));
  const reader = await new TestReader().open(readers, 't', 8);
  reader.give(100);
  await eventually(() => reader.texts.length === 2);

  expect(troubles).toHaveLength(2);
});

test('readers of a topic that is gone are told so', async () => {
  start({ t: letters });
  const reader = await new TestReader().open(readers, 't', 0);
  broker.topics.delete('t');
  reader.give(100);
  await eventually(() => reader.isGone);

  expect(reader.texts).toEqual([]);
  await expect(new TestReader().open(readers, 't', 0)).rejects.toThrow();
});

test.each([true, false])(
  'a record that cannot be read ends its reader alone (kept: %s)',
  async (keeps) => {
    start({ t: letters, u: ['u', 'v', 'w', 'x'] });
    broker.unreadableOffset = 1;
    const reader = await new TestReader().open(readers, 't', 0);
    const behind = await new TestReader().open(readers, 't', 2);
    reader.keeps = keeps;
    reader.give(100);
    behind.give(100);
    await eventually(() => reader.failure !== undefined && behind.texts.length === 8);

    expect(reader.texts).toEqual(['a']);
    expect(reader.kept.at(-1)).toBe(0);
    expect(troubles.map(String)).toEqual(['Error: t/0 at the offset 1 cannot be read on']);
  },
);

test('of more partitions than a request may name each has its turn, though the first want more', async () => {
  start({ t: [], u: [], v: ['v'] });
  readers = new PartitionReaders(broker, { ...options, partitionsMax: 2 }, observer);
  const all: TestReader[] = [];
  for (const topic of ['t', 'u', 'v']) {
    all.push(await new TestReader().open(readers, topic, 0));
  }
  for (const reader of all) {
    reader.give(100);
  }
  await eventually(() => all.every(({ caughtUp }) => caughtUp > 1));

  expect(all.map(({ texts }) => texts)).toEqual([[], [], ['v']]);
  expect(Math.max(...broker.requests.map(({ length }) => length))).toBe(2);
});

test('of those who may not keep one at a time is given what was fetched, each in turn', async () => {
  start({ t: letters, u: letters });
  const all = await Promise.all(
    ['t', 't', 'u'].map((topic) => new TestReader().open(readers, topic, 0)),
  );
  for (const reader of all) {
    reader.keeps = false;
    reader.give(100);
  }
  await eventually(() => all.every(({ texts }) => texts.length === 10));

  expect(all.map(({ texts }) => texts.join(''))).toEqual(Array(3).fill('abcdefghij'));
  expect(all.every(({ kept }) => kept.at(-1) === 0)).toBe(true);
});
