import {
  connectionStateEventHeaders,
  connectionStateEventKey,
  connectionStateEventValue,
  type ConnectionStateEvent as ConnectionStateRecord,
} from '@linchpin/contracts';
import { encodeHeaders, type RecordProducer } from '@linchpin/platform/kafka';
import type {
  ConnectionStateEvent,
  ConnectionEventLog,
} from '../domain/relay-connection-events.js';

/** Connection-state events on the topic `hub-events`. */
export class KafkaConnectionEventLog implements ConnectionEventLog {
  constructor(
    private readonly producer: RecordProducer,
    private readonly topic: string,
  ) {}

  async store(events: readonly ConnectionStateEvent[]): Promise<void> {
    await this.producer.send(
      events.map(toRecord).map((event) => ({
        topic: this.topic,
        key: Buffer.from(connectionStateEventKey(event)),
        value: Buffer.from(connectionStateEventValue(event)),
        headers: encodeHeaders(connectionStateEventHeaders(event)),
      })),
    );
  }
}

function toRecord({ identity, ...event }: ConnectionStateEvent): ConnectionStateRecord {
  const { deviceId, moduleId } = identity;
  return { ...event, deviceId, moduleId };
}
