import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Kafka, KafkaMessage } from 'kafkajs';
import { encodeHeaders, ensureTopics, noHeaders, type RecordProducer } from '../src/kafka/index.js';
import { partitionFor } from '../src/kafka-partitions/index.js';

interface Setting {
  readonly kafka: Kafka;
  readonly start: () => Promise<RecordProducer>;
}

/** What both producers promise. */
export function recordProducerContract(name: string, setting: () => Setting): void {
  describe(`${name} keeps the contract of a record producer`, () => {
    const topic = `contract-${randomUUID()}`;
    let kafka: Kafka;
    let producer: RecordProducer;

    beforeAll(async () => {
      const { kafka: client, start } = setting();
      kafka = client;
      await ensureTopics(kafka, [{ name: topic, partitions: 4, config: {} }], {
        replicationFactor: 1,
        minInsyncReplicas: 1,
      });
      producer = await start();
    });

    afterAll(async () => {
      await producer.close();
    });

    test('keys go where other clients send them, and keep their order there', async () => {
      const keys = ['a', 'device-1', 'Δ-device', 'x'.repeat(128)];
      const records = Array.from({ length: 400 }, (_, index) => ({
        topic,
        key: Buffer.from(keys[index % keys.length]!),
        value: Buffer.from(String(index)),
        headers: noHeaders,
      }));

      await producer.send(records.slice(0, 100));
      await Promise.all([
        producer.send(records.slice(100, 250)),
        producer.send(records.slice(250, 400)),
      ]);

      const stored = await readAll(kafka, topic, 400);
      for (const key of keys) {
        const ofKey = stored.filter(({ message }) => message.key?.toString() === key);
        expect(new Set(ofKey.map(({ partition }) => partition))).toEqual(
          new Set([partitionFor(Buffer.from(key), 4)]),
        );
        expect(ofKey.map(({ message }) => Number(message.value))).toEqual(
          records.filter((record) => record.key.toString() === key).map((r) => Number(r.value)),
        );
      }
    });

    test('headers and bytes arrive as they were given', async () => {
      const headerTopic = `contract-${randomUUID()}`;
      await ensureTopics(kafka, [{ name: headerTopic, partitions: 1, config: {} }], {
        replicationFactor: 1,
        minInsyncReplicas: 1,
      });
      const value = Buffer.from([0, 255, 128, 10]);
      const headers = encodeHeaders([
        ['plain', 'text'],
        ['größe', '5 µm'],
        ['empty', ''],
      ]);

      await producer.send([{ topic: headerTopic, key: Buffer.from('k'), value, headers }]);

      const [stored] = await readAll(kafka, headerTopic, 1);
      expect(stored?.message.value).toEqual(value);
      expect(stored?.message.headers).toEqual({
        plain: Buffer.from('text'),
        größe: Buffer.from('5 µm'),
        empty: Buffer.from(''),
      });
    });

    test('after a record that Kafka refuses later ones are stored, of every partition', async () => {
      const refusing = `contract-${randomUUID()}`;
      const spec = { name: refusing, partitions: 2, config: {} };
      await ensureTopics(kafka, [spec], { replicationFactor: 1, minInsyncReplicas: 1 });
      const record = (partition: number, value: string) => ({
        topic: refusing,
        key: keyIn(partition),
        value: Buffer.from(value),
        headers: noHeaders,
      });

      // More than a record may have, and less than makes the broker hang up.
      const tooLarge = record(1, 'x'.repeat(1.5 * 1024 * 1024));
      await expect(producer.send([record(0, '0'), tooLarge])).rejects.toThrow();
      await producer.send([record(0, '1'), record(0, '2')]);
      await producer.send([record(1, '3')]);

      const stored = await readAll(kafka, refusing, 4);
      const values = stored.map(({ message }) => String(message.value));
      expect(values.sort()).toEqual(['0', '1', '2', '3']);
    }, 30_000);

    test('a topic that does not exist is an error', async () => {
      await expect(
        producer.send([
          {
            topic: `missing-${randomUUID()}`,
            key: Buffer.from('k'),
            value: Buffer.from('v'),
            headers: noHeaders,
          },
        ]),
      ).rejects.toThrow();
    });
  });
}

/** Some key of which two partitions have this one. */
function keyIn(partition: number): Buffer {
  const keys = Array.from({ length: 100 }, (_, index) => Buffer.from(`key-${index}`));
  return keys.find((key) => partitionFor(key, 2) === partition) ?? Buffer.alloc(0);
}

interface StoredRecord {
  readonly partition: number;
  readonly message: KafkaMessage;
}

async function readAll(kafka: Kafka, topic: string, count: number): Promise<StoredRecord[]> {
  const consumer = kafka.consumer({ groupId: `contract-${randomUUID()}` });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  const records: StoredRecord[] = [];
  await new Promise<void>((resolve, reject) => {
    consumer
      .run({
        eachMessage: ({ partition, message }) => {
          records.push({ partition, message });
          if (records.length === count) {
            resolve();
          }
          return Promise.resolve();
        },
      })
      .catch(reject);
  });
  await consumer.disconnect();
  return records;
}
