/** Hears from gateways who is connected (events-monitoring.md section 1.3). */
import { parseConnectionStateEvent } from '@linchpin/contracts';
import { PatientConsumer, type createKafkaJs, type KafkaMessage } from '@linchpin/platform/kafka';
import {
  latestReports,
  type ConnectionReport,
  type ConnectionStates,
} from '../domain/connection-states.js';
import type { RegistryEvents } from '../events.js';

interface ConnectionStateConsumerParts {
  readonly kafka: ReturnType<typeof createKafkaJs>;
  readonly topic: string;
  readonly groupId: string;
  readonly states: ConnectionStates;
  readonly events: RegistryEvents;
}

/** A record that is not readable is counted and passed over; it must not hold up the rest. */
export class ConnectionStateConsumer {
  readonly #consumer: PatientConsumer;

  private constructor(private readonly parts: ConnectionStateConsumerParts) {
    this.#consumer = PatientConsumer.start({
      ...parts,
      onRecords: (records) => this.#apply(records),
      onUnread: (error) => {
        parts.events.connectionStatesUnread(error);
      },
    });
  }

  static start(parts: ConnectionStateConsumerParts): ConnectionStateConsumer {
    return new ConnectionStateConsumer(parts);
  }

  /** What was taken is stored first. */
  stop(): Promise<void> {
    return this.#consumer.stop();
  }

  async #apply(records: readonly KafkaMessage[]): Promise<void> {
    const { states, events } = this.parts;
    const reports = records.flatMap((record) => this.#read(record) ?? []);
    const news = await states.apply(latestReports(reports));
    events.connectionStatesApplied({ records: records.length, reports: reports.length, news });
  }

  /** Undefined for records of other kinds and for unreadable ones. */
  #read(record: KafkaMessage): ConnectionReport | undefined {
    try {
      return readReport(record);
    } catch (error) {
      this.parts.events.connectionStateUnreadable(record.offset, error);
      return undefined;
    }
  }
}

/** @throws Error for a record that is not of the contract, which would come again and again */
function readReport(record: KafkaMessage): ConnectionReport | undefined {
  const event = parseConnectionStateEvent(record);
  if (event === undefined) {
    return undefined;
  }
  const { hub, deviceId, moduleId, generationId, sequenceNumber, occurredAt, type } = event;
  const state = type === 'deviceConnected' ? 'Connected' : 'Disconnected';
  return { hub, deviceId, moduleId, generationId, state, sequenceNumber, occurredAt };
}
