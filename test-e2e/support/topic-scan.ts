/** Reads a topic from one moment to another. */
import { randomUUID } from 'node:crypto';
import type { KafkaMessage } from 'kafkajs';
import { kafka } from './kafka-reader.js';

/** Partition → the offset of the next record. */
export type TopicEnds = ReadonlyMap<number, bigint>;

export async function endsOf(topic: string): Promise<TopicEnds> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const ends = await admin.fetchTopicOffsets(topic);
    return new Map(ends.map(({ partition, high }) => [partition, BigInt(high)]));
  } finally {
    await admin.disconnect();
  }
}

/** Hands on each record from `from` to where the topic ends now; those of one partition in order. */
export async function scanTopic(
  topic: string,
  from: TopicEnds,
  onRecord: (record: KafkaMessage) => void,
): Promise<void> {
  const next = new Map(from);
  const left = new Map(await endsOf(topic));
  for (const [partition, end] of left) {
    if ((from.get(partition) ?? 0n) >= end) {
      left.delete(partition);
    }
  }
  if (left.size === 0) {
    return;
  }
  const consumer = kafka.consumer({ groupId: `test-${randomUUID()}`, maxWaitTimeInMs: 50 });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await new Promise<void>((resolve, reject) => {
    consumer
      .run({
        eachBatch: ({ batch: { partition, messages } }) => {
          const end = left.get(partition) ?? 0n;
          for (const message of messages) {
            const offset = BigInt(message.offset);
            // What was fetched before the seek comes again after it.
            if (offset >= (next.get(partition) ?? 0n) && offset < end) {
              next.set(partition, offset + 1n);
              onRecord(message);
            }
          }
          if ((next.get(partition) ?? 0n) >= end) {
            left.delete(partition);
          }
          if (left.size === 0) {
            resolve();
          }
          return Promise.resolve();
        },
      })
      .then(() => {
        for (const [partition, offset] of from) {
          consumer.seek({ topic, partition, offset: String(offset) });
        }
      }, reject);
  });
  await consumer.disconnect();
}
