import type { KafkaRecord } from './record.js';

export interface TopicRecord extends KafkaRecord {
  readonly topic: string;
}

/**
 * Stores records durably. Both clients of the hub offer it, and one contract suite holds them to it
 * (record-producer.contract.ts): a key always goes to the partition that Kafka's own clients choose,
 * records of a partition keep their order, headers arrive as they were given.
 */
export interface RecordProducer {
  /** Resolves when every in-sync replica has every record. */
  send(records: readonly TopicRecord[]): Promise<void>;

  /** Stores what it was given and ends its connections. */
  close(): Promise<void>;
}
