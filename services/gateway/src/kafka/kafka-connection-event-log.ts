import {
  connectionStateEventHeaders,
  connectionStateEventKey,
  connectionStateEventValue,
  type ConnectionStateCause,
  type ConnectionStateEvent,
} from '@linchpin/contracts';
import { encodeHeaders, type RecordProducer } from '@linchpin/platform/kafka';
import type { ConnectionEvent, ConnectionEventLog } from '../domain/relay-connection-events.js';

/** Connection-state events on the topic `hub-events`. */
export class KafkaConnectionEventLog implements ConnectionEventLog {
  constructor(
    private readonly producer: RecordProducer,
    private readonly topic: string,
  ) {}

  async store(events: readonly ConnectionEvent[]): Promise<void> {
    await this.producer.send(
      events.map(toContract).map((event) => ({
        topic: this.topic,
        key: Buffer.from(connectionStateEventKey(event)),
        value: Buffer.from(connectionStateEventValue(event)),
        headers: encodeHeaders(connectionStateEventHeaders(event)),
      })),
    );
  }
}

function toContract({ identity, cause, ...event }: ConnectionEvent): ConnectionStateEvent {
  const { deviceId, moduleId } = identity;
  return { ...event, deviceId, moduleId, cause: cause as ConnectionStateCause };
}
