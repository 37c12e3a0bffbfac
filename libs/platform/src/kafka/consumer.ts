import type { Consumer, EachBatchPayload, Kafka, KafkaMessage } from 'kafkajs';

export interface ConsumerOptions {
  readonly kafka: Kafka;
  readonly topic: string;
  readonly groupId: string;
  /** Handles the records of one partition in order; a rejection makes them come again. */
  readonly onRecords: (records: readonly KafkaMessage[]) => Promise<void>;
}

export interface RecordConsumer {
  stop(): Promise<void>;
}

/**
 * Shares a topic's partitions with the other members of the group and goes on where the group
 * stopped, from the beginning at first. A record counts as done when `onRecords` has resolved:
 * each comes at least once.
 */
export async function startGroupConsumer(options: ConsumerOptions): Promise<RecordConsumer> {
  const consumer = createConsumer(options);
  await consumer.connect();
  try {
    await consumer.subscribe({ topic: options.topic, fromBeginning: true });
    await consumer.run({
      eachBatchAutoResolve: true,
      eachBatch: (payload) => handle(payload, options),
    });
  } catch (error) {
    await consumer.disconnect();
    throw error;
  }
  return { stop: () => consumer.disconnect() };
}

/**
 * Reads all partitions of a topic in this process, whatever others do, beginning with the records
 * that are written from now on. Resolves when its place is fixed, so that nothing written afterwards
 * is missed, not even across a rebalance. The group must be this process's own; it is removed at the
 * end.
 */
export async function startBroadcastConsumer(options: ConsumerOptions): Promise<RecordConsumer> {
  const { kafka, topic, groupId } = options;
  const admin = kafka.admin();
  await admin.connect();
  const ends = await admin.fetchTopicOffsets(topic);
  const consumer = createConsumer(options);
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: false });
  const joined = new Promise<void>((resolve) => {
    const removeListener = consumer.on(consumer.events.GROUP_JOIN, () => {
      removeListener();
      resolve();
    });
  });
  await consumer.run({
    eachBatchAutoResolve: true,
    eachBatch: (payload) => handle(payload, options),
  });
  await joined;
  const positions = ends.map(({ partition, high }) => ({ topic, partition, offset: high }));
  await consumer.commitOffsets(positions);
  for (const position of positions) {
    consumer.seek(position);
  }
  return {
    stop: async () => {
      await consumer.disconnect();
      await admin.deleteGroups([groupId]).catch(() => undefined);
      await admin.disconnect();
    },
  };
}

const sessionMs = 15_000;
const heartbeatMs = 3_000;

/**
 * A batch may take longer than the session lasts. The group is told meanwhile that this member lives, or another
 * would have the partition, and the batch come again, as often as it takes so long.
 */
async function handle(payload: EachBatchPayload, options: ConsumerOptions): Promise<void> {
  const timer = setInterval(() => {
    // What it fails of, the consumer meets behind the batch as well.
    payload.heartbeat().catch(() => undefined);
  }, heartbeatMs);
  try {
    await options.onRecords(payload.batch.messages);
  } finally {
    clearInterval(timer);
  }
}

function createConsumer({ kafka, groupId }: ConsumerOptions): Consumer {
  return kafka.consumer({
    groupId,
    sessionTimeout: sessionMs,
    heartbeatInterval: heartbeatMs,
    maxWaitTimeInMs: 500,
    allowAutoTopicCreation: false,
    retry: { restartOnFailure: () => Promise.resolve(true) },
  });
}
