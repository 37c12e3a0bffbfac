import { setTimeout as delay } from 'node:timers/promises';
import type { KafkaMessage } from 'kafkajs';
import type { createKafkaJs } from './kafkajs.js';
import { PatientConsumer } from './patient-consumer.js';

export interface AppliedTopicParts<Told> {
  readonly kafka: ReturnType<typeof createKafkaJs>;
  readonly topic: string;
  readonly groupId: string;
  readonly apply: (told: readonly Told[]) => Promise<void>;
  /** Whether `apply` failed for what a record holds, so that another try would fail too. */
  readonly isRecordsFault: (error: unknown) => boolean;
  readonly events: AppliedTopicEvents;
}

export interface AppliedTopicEvents {
  /** A record was passed over. */
  recordUnreadable(topic: string, offset: string, error: unknown): void;
  /** Comes again until it heals. */
  topicUnread(topic: string, error: unknown): void;
}

/**
 * Behind few records of a partition what comes meanwhile goes together: PostgreSQL takes 160 µs for an identity
 * when 25 are written at once, 47 µs when 200 are. Of one that comes alone nobody waits for the pause.
 */
const pauseMs = 50;
const manyRecords = 200;

interface ReadRecord<Told> {
  readonly offset: string;
  readonly told: Told;
}

/**
 * Applies the records of another service's topic to what this one keeps. A record that is not readable, or that
 * cannot be kept, is told of and passed over: it must not hold up what stands behind it.
 *
 * @param toTold undefined for what concerns nobody here; an Error for a record that is not of the contract
 */
export function startAppliedTopic<Told>(
  parts: AppliedTopicParts<Told>,
  toTold: (record: KafkaMessage) => Told | undefined,
): PatientConsumer {
  const { topic, events } = parts;
  const read = (record: KafkaMessage): ReadRecord<Told>[] => {
    try {
      const told = toTold(record);
      return told === undefined ? [] : [{ offset: record.offset, told }];
    } catch (error) {
      events.recordUnreadable(topic, record.offset, error);
      return [];
    }
  };
  return PatientConsumer.start({
    ...parts,
    onRecords: async (records) => {
      await applyRecords(parts, records.flatMap(read));
      if (records.length < manyRecords) {
        await delay(pauseMs);
      }
    },
    onUnread: (error) => {
      events.topicUnread(topic, error);
    },
  });
}

/** All together; when one of them cannot be kept, one after the other. */
async function applyRecords<Told>(
  parts: AppliedTopicParts<Told>,
  records: readonly ReadRecord<Told>[],
): Promise<void> {
  try {
    await parts.apply(records.map(({ told }) => told));
  } catch (error) {
    const [only] = records;
    if (only === undefined || !parts.isRecordsFault(error)) {
      throw error;
    }
    if (records.length === 1) {
      parts.events.recordUnreadable(parts.topic, only.offset, error);
      return;
    }
    for (const record of records) {
      await applyRecords(parts, [record]);
    }
  }
}
