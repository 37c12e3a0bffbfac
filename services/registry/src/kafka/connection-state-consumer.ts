/** Hears from gateways who is connected (events-monitoring.md section 1.3). */
import { parseConnectionStateEvent } from '@linchpin/contracts';
import { PatientConsumer, type createKafkaJs, type KafkaMessage } from '@linchpin/platform/kafka';
import { validateHubName, type ConnectionState } from '@linchpin/wire';
import {
  latestReports,
  type ConnectionReport,
  type ConnectionStates,
} from '../domain/connection-states.js';
import { validateIdentityId } from '../domain/identity-content.js';
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

/**
 * A record that the table cannot hold would come again and again, so each part is looked at here.
 *
 * @throws Error for a record that is not of the contract
 */
function readReport({ value, headers = {} }: KafkaMessage): ConnectionReport | undefined {
  const texts = Object.entries(headers).map(([name, text]) => [name, String(text)] as const);
  const event = parseConnectionStateEvent({
    value: value ?? Buffer.alloc(0),
    headers: new Map(texts),
  });
  if (event === undefined) {
    return undefined;
  }
  const { hub, deviceId, moduleId, generationId, sequenceNumber, occurredAt } = event;
  const state = stateAfter.get(event.type);
  validateHubName(hub);
  validateIdentityId({ deviceId, moduleId });
  const isWellFormed =
    /^\d{1,18}$/.test(generationId) &&
    /^[0-9A-F]{64}$/.test(sequenceNumber) &&
    !Number.isNaN(occurredAt.getTime());
  if (!isWellFormed || state === undefined) {
    throw new Error('generation, sequence number, time or type is not of the right form');
  }
  return { hub, deviceId, moduleId, generationId, state, sequenceNumber, occurredAt };
}

const stateAfter: ReadonlyMap<string, ConnectionState> = new Map([
  ['deviceConnected', 'Connected'],
  ['deviceDisconnected', 'Disconnected'],
]);
