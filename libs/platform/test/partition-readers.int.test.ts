import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { eventually, testEngines } from '@linchpin/testing';
import { pino } from 'pino';
import {
  createKafkaJs,
  decodeHeaders,
  deleteTopic,
  encodeHeaders,
  ensureTopics,
} from '../src/kafka/index.js';
import {
  BatchingProducer,
  PartitionReaders,
  type PartitionReader,
  type StoredRecord,
} from '../src/kafka-partitions/index.js';

const connection = { brokers: testEngines().kafkaBrokers, clientId: 'readers-test' };
const kafka = createKafkaJs(connection, pino({ level: 'silent' }));
const topic = `test-${randomUUID()}`;

let producer: BatchingProducer;
let readers: PartitionReaders;

jest.setTimeout(90_000);

const makeTopic = (name: string): Promise<void> =>
  ensureTopics(
    kafka,
    [{ name, partitions: 2, config: { 'message.timestamp.type': 'LogAppendTime' } }],
    { replicationFactor: 1, minInsyncReplicas: 1 },
  );

beforeAll(async () => {
  await makeTopic(topic);
  producer = await BatchingProducer.start(connection, {
    stored: () => undefined,
    retrying: () => undefined,
  });
  readers = PartitionReaders.start(connection, {
    readsWait: () => undefined,
    readsFlow: () => undefined,
  });
});

afterAll(async () => {
  await producer.close();
  await readers.close();
  await deleteTopic(kafka, topic);
});

function append(name: string, partition: number, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    producer.partition(name, partition).append({
      key: Buffer.from('k'),
      value: Buffer.from(text),
      headers: encodeHeaders([
        ['text', text],
        ['nothing', null],
      ]),
      settle: (error) => {
        if (error === undefined) {
          resolve();
        } else {
          reject(error);
        }
      },
    });
  });
}

class Reading {
  readonly records: StoredRecord[] = [];
  room = 1_000;
  caughtUp = 0;
  isGone = false;
  reader: PartitionReader | undefined;

  static async from(partition: number, offset: number, name = topic): Promise<Reading> {
    const reading = new Reading();
    reading.reader = await readers.open(
      { topic: name, partition, offset },
      {
        room: () => reading.room - reading.records.length,
        receive: (record) => void reading.records.push(record),
        keep: () => true,
        caughtUp: () => void (reading.caughtUp += 1),
        gone: () => void (reading.isGone = true),
        failed: () => void (reading.isGone = true),
      },
    );
    reading.reader.ask();
    return reading;
  }

  get texts(): string[] {
    return this.records.map(({ value }) => value.toString());
  }
}

test('records are read as they were stored, by offset, and what comes later when it comes', async () => {
  const empty = await readers.extentOf(topic, 0);
  for (let number = 0; number < 300; number++) {
    void append(topic, 0, `m-${number}`);
  }
  await producer.flush();
  const [all, behind] = await Promise.all([Reading.from(0, 0), Reading.from(0, 290)]);
  await eventually(() => all.records.length === 300 && behind.records.length === 10);
  await append(topic, 0, 'late');
  await eventually(() => all.records.length === 301 && behind.records.length === 11);
  all.reader?.close();
  behind.reader?.close();

  expect(empty).toEqual({ beginOffset: 0, endOffset: 0, lastTimeMs: undefined });
  expect(all.records.map(({ offset }) => offset)).toEqual([...Array(301).keys()]);
  expect(behind.texts.at(0)).toBe('m-290');
  expect(behind.texts.at(-1)).toBe('late');
  const seventh = all.records[7];
  expect(seventh && decodeHeaders(seventh.headers)).toEqual([
    ['text', 'm-7'],
    ['nothing', null],
  ]);
  const extent = await readers.extentOf(topic, 0);
  expect(extent).toEqual({ beginOffset: 0, endOffset: 301, lastTimeMs: all.records[300]?.timeMs });
  expect(Math.abs(Date.now() - (extent.lastTimeMs ?? 0))).toBeLessThan(60_000);
});

test('a time has the offset of the first record of the time or later', async () => {
  await append(topic, 1, 'first');
  const { lastTimeMs = 0 } = await readers.extentOf(topic, 1);
  // The broker's clock counts whole milliseconds.
  await eventually(() => Date.now() > lastTimeMs + 1);
  await append(topic, 1, 'second');

  expect(await readers.offsetAt(topic, 1, lastTimeMs)).toBe(0);
  expect(await readers.offsetAt(topic, 1, lastTimeMs + 1)).toBe(1);
  expect(await readers.offsetAt(topic, 1, Date.now() + 60_000)).toBe(2);
});

test('what retention has removed is passed over', async () => {
  const admin = kafka.admin();
  await admin.connect();
  // Without it kafkajs does not know who leads the topic's partitions.
  await admin.fetchTopicOffsets(topic);
  await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '295' }] });
  await admin.disconnect();
  const reading = await Reading.from(0, 3);
  await eventually(() => reading.records.length > 0);
  reading.reader?.close();

  expect(reading.texts[0]).toBe('m-295');
});

test('readers of a deleted topic hear so, though another of its name is made', async () => {
  const name = `${topic}-again`;
  await makeTopic(name);
  const reading = await Reading.from(0, 0, name);
  await eventually(() => reading.caughtUp > 0);
  await deleteTopic(kafka, name);
  await makeTopic(name);
  await append(name, 0, 'of the second');
  await eventually(() => reading.isGone, 30_000);
  const later = await Reading.from(0, 0, name);
  await eventually(() => later.records.length === 1);
  later.reader?.close();
  await deleteTopic(kafka, name);

  expect(reading.records).toEqual([]);
  expect(later.texts).toEqual(['of the second']);
});
