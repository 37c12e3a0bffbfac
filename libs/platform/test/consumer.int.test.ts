import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { eventuallyPasses, testEngines } from '@linchpin/testing';
import { pino } from 'pino';
import {
  createKafkaJs,
  ensureTopics,
  KafkaJsProducer,
  noHeaders,
  startGroupConsumer,
} from '../src/kafka/index.js';

const connection = { brokers: testEngines().kafkaBrokers, clientId: 'consumer-test' };
const kafka = createKafkaJs(connection, pino({ level: 'silent' }));
const topic = `test-${randomUUID()}`;

let producer: KafkaJsProducer;

jest.setTimeout(90_000);

beforeAll(async () => {
  const definition = { name: topic, partitions: 1, config: {} };
  await ensureTopics(kafka, [definition], { replicationFactor: 1, minInsyncReplicas: 1 });
  producer = await KafkaJsProducer.start(kafka);
});

afterAll(async () => {
  await producer.close();
  const admin = kafka.admin();
  await admin.connect();
  await admin.deleteTopics({ topics: [topic] });
  await admin.disconnect();
});

const send = (text: string): Promise<void> =>
  producer.send([{ topic, key: Buffer.from('k'), value: Buffer.from(text), headers: noHeaders }]);

test('records that take longer than the session of their reader come once', async () => {
  const heard: string[] = [];
  await send('slow');
  const consumer = await startGroupConsumer({
    kafka,
    topic,
    groupId: topic,
    onRecords: async (records) => {
      const texts = records.map(({ value }) => String(value));
      heard.push(...texts);
      // Time itself is what is tested: the session lasts 15 s.
      await delay(texts.includes('slow') ? 18_000 : 0);
    },
  });
  await eventuallyPasses(() => {
    expect(heard).toEqual(['slow']);
  });
  await send('behind');

  await eventuallyPasses(() => {
    expect(heard.at(-1)).toBe('behind');
  }, 40_000);
  expect(heard).toEqual(['slow', 'behind']);
  await consumer.stop();
});
