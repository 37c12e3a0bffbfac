/** What stands in the topic `hub-events`, as a reader sees it. */
import { randomUUID } from 'node:crypto';
import type { createKafkaJs } from '@linchpin/platform/kafka';

export interface SeenEvent {
  readonly key: string;
  readonly body: { readonly version: number; readonly [member: string]: unknown };
  readonly headers: Readonly<Record<string, string>>;
}

export class HubEvents {
  readonly #events: SeenEvent[] = [];

  private constructor(readonly close: () => Promise<void>) {}

  static async of(kafka: ReturnType<typeof createKafkaJs>, topic: string): Promise<HubEvents> {
    const consumer = kafka.consumer({ groupId: `test-${randomUUID()}`, maxWaitTimeInMs: 50 });
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    const events = new HubEvents(() => consumer.disconnect());
    await consumer.run({
      eachMessage: ({ message: { key, value, headers = {} } }) => {
        const texts = Object.entries(headers).map(([name, text]) => [name, String(text)]);
        events.#events.push({
          key: String(key),
          body: JSON.parse(String(value)) as SeenEvent['body'],
          headers: Object.fromEntries(texts) as SeenEvent['headers'],
        });
        return Promise.resolve();
      },
    });
    return events;
  }

  /** Of a hub, in order for each device. */
  of(hub: string): readonly SeenEvent[] {
    return this.#events.filter(({ headers }) => headers['hubName'] === hub);
  }
}
