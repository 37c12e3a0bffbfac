import { decodeHeaders } from '@linchpin/platform/kafka';
import {
  isKafkaError,
  type PartitionReaders,
  type StoredRecord,
} from '@linchpin/platform/kafka-partitions';
import { HubError } from '@linchpin/wire';
import type {
  EventExtent,
  EventLog,
  EventPartition,
  EventReading,
  EventReadingHandlers,
  StoredEvent,
} from '../domain/event-log.js';

/** Telemetry as `KafkaTelemetryLog` stores it: an event's sequence number is its offset. */
export class KafkaEventLog implements EventLog {
  constructor(private readonly readers: PartitionReaders) {}

  async extentOf({ topic, partition }: EventPartition): Promise<EventExtent> {
    const extent = await kafkaAnswer(this.readers.extentOf(topic, partition));
    return { begin: extent.beginOffset, end: extent.endOffset, lastMs: extent.lastTimeMs };
  }

  firstSince({ topic, partition }: EventPartition, timeMs: number): Promise<number> {
    return kafkaAnswer(this.readers.offsetAt(topic, partition, timeMs));
  }

  read(
    { topic, partition }: EventPartition,
    first: number,
    handlers: EventReadingHandlers,
  ): Promise<EventReading> {
    const opened = this.readers.open(
      { topic, partition, offset: first },
      {
        ...handlers,
        receive: (record) => {
          handlers.receive(toEvent(record));
        },
      },
    );
    return kafkaAnswer(opened);
  }
}

/** @throws HubError `ServiceUnavailable` when Kafka does not answer */
async function kafkaAnswer<Answer>(answer: Promise<Answer>): Promise<Answer> {
  try {
    return await answer;
  } catch (error) {
    throw isKafkaError(error)
      ? new HubError('ServiceUnavailable', 'Kafka does not answer; try again.', { cause: error })
      : error;
  }
}

function toEvent({ offset, timeMs, value, headers }: StoredRecord): StoredEvent {
  return {
    sequenceNumber: offset,
    enqueuedMs: timeMs,
    body: value,
    properties: decodeHeaders(headers),
  };
}
