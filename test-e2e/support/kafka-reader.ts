/** Reads a topic from where it stood at a moment, as a back end would. */
import { randomUUID } from 'node:crypto';
import { Kafka, logLevel, type KafkaMessage } from 'kafkajs';
import { Changes } from './changes.js';
import { hub } from './hub.js';

type KafkaMessageHeader = NonNullable<KafkaMessage['headers']>[string];

export interface StoredMessage {
  readonly key: string;
  readonly value: Buffer;
  readonly headers: Readonly<Record<string, string | null>>;
  readonly partition: number;
  readonly timestampMs: number;
}

/** kafkajs's clients, quiet. */
export const kafka = new Kafka({
  clientId: 'test-e2e',
  brokers: hub.kafkaBrokers,
  logLevel: logLevel.NOTHING,
  retry: { retries: 20, maxRetryTime: 2_000 },
});

const waitMs = 30_000;

export class KafkaReader {
  readonly #messages: StoredMessage[] = [];
  readonly #changes = new Changes();

  private constructor(private readonly disconnect: () => Promise<void>) {}

  /** Everything that is stored in the topic from now on. */
  static async from(topic: string = hub.eventsTopic): Promise<KafkaReader> {
    const admin = kafka.admin();
    await admin.connect();
    const ends = await admin.fetchTopicOffsets(topic);
    await admin.disconnect();
    const consumer = kafka.consumer({ groupId: `test-${randomUUID()}`, maxWaitTimeInMs: 50 });
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    const reader = new KafkaReader(() => consumer.disconnect());
    await consumer.run({
      eachBatch: ({ batch }) => {
        reader.#add(batch.partition, batch.messages);
        return Promise.resolve();
      },
    });
    for (const { partition, high } of ends) {
      consumer.seek({ topic, partition, offset: high });
    }
    return reader;
  }

  /** What came of the device so far, in order. */
  of(deviceId: string): StoredMessage[] {
    return this.#messages.filter(({ key }) => key === deviceId);
  }

  get all(): readonly StoredMessage[] {
    return this.#messages;
  }

  /** Resolves once so many of the device's messages are there; rejects when they don't come. */
  async waitFor(deviceId: string, count: number, timeoutMs = waitMs): Promise<StoredMessage[]> {
    await this.waitUntil(() => this.of(deviceId).length >= count, timeoutMs).catch(() => {
      const got = this.of(deviceId).length;
      throw new Error(`${got} of ${count} messages of ${deviceId} came within ${timeoutMs} ms`);
    });
    return this.of(deviceId);
  }

  async waitUntil(isDone: () => boolean, timeoutMs = waitMs): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    while (!isDone()) {
      if (Date.now() > deadline) {
        throw new Error(`what was waited for did not come within ${timeoutMs} ms`);
      }
      await this.#changes.next(deadline - Date.now());
    }
  }

  async close(): Promise<void> {
    await this.disconnect();
  }

  #add(partition: number, messages: readonly KafkaMessage[]): void {
    for (const { key, value, headers, timestamp } of messages) {
      this.#messages.push({
        key: key?.toString() ?? '',
        value: value ?? Buffer.alloc(0),
        headers: Object.fromEntries(
          Object.entries(headers ?? {}).map(([name, header]) => [name, textOf(header)]),
        ),
        partition,
        timestampMs: Number(timestamp),
      });
    }
    this.#changes.tell();
  }
}

/** kafkajs gives null for a header without a value, whatever its types say. */
function textOf(header: KafkaMessageHeader | null): string | null {
  return header === null || header === undefined ? null : header.toString();
}
