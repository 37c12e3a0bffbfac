/**
 * The connection-state events of the hub under test (events-monitoring.md section 1.3), as a back end
 * finds them in Kafka from a moment on.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { open } from './device-client.js';
import { hub } from './hub.js';
import { createDevice } from './registry.js';
import { endsOf, scanTopic, type TopicEnds } from './topic-scan.js';

interface ConnectionEvent {
  readonly type: string;
  readonly cause: string;
  readonly sequenceNumber: string;
  readonly occurredAt: Date;
}

/** The records of each device in their order, repeated ones included. */
export type EventsByDevice = ReadonlyMap<string, readonly ConnectionEvent[]>;

const waitMs = 60_000;
const lookMs = 300;

export class ConnectionEvents {
  private constructor(private readonly from: TopicEnds) {}

  static async fromNow(): Promise<ConnectionEvents> {
    return new ConnectionEvents(await endsOf(hub.hubEventsTopic));
  }

  /** What is in Kafka now. */
  async read(): Promise<EventsByDevice> {
    const byDevice = new Map<string, ConnectionEvent[]>();
    await scanTopic(hub.hubEventsTopic, this.from, ({ value, headers = {} }) => {
      const text = (name: string): string => headers[name]?.toString() ?? '';
      const { sequenceNumber } = JSON.parse(String(value)) as { sequenceNumber: string };
      const event = {
        type: text('opType'),
        cause: text('linchpin-cause'),
        sequenceNumber,
        occurredAt: new Date(text('operationTimestamp')),
      };
      const deviceId = text('iothub-connection-device-id');
      byDevice.set(deviceId, [...(byDevice.get(deviceId) ?? []), event]);
    });
    return byDevice;
  }

  /** Reads until it is so. */
  async readUntil(isSo: (events: EventsByDevice) => boolean): Promise<EventsByDevice> {
    const deadline = performance.now() + waitMs;
    for (;;) {
      const events = await this.read();
      if (isSo(events)) {
        return events;
      }
      if (performance.now() > deadline) {
        throw new Error(`the connection-state events did not come within ${waitMs} ms`);
      }
      await delay(lookMs);
    }
  }

  /**
   * Everything that happened before the call, and what was written twice of it. The hub writes its
   * events one batch after the other: of two devices that come and go, the second once the first has
   * been seen, the second is behind all else.
   */
  async readAllSoFar(): Promise<EventsByDevice> {
    await this.#seeOneComeAndGo();
    await this.#seeOneComeAndGo();
    return this.read();
  }

  async #seeOneComeAndGo(): Promise<void> {
    const device = await createDevice();
    const client = await open(device);
    await client.disconnect();
    await this.readUntil((events) => (events.get(device.deviceId)?.length ?? 0) >= 2);
  }
}
