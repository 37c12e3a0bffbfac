/** Clients of Kafka that come from outside, with an Event Hubs connection string. */
import { randomUUID } from 'node:crypto';
import { Kafka, logLevel, type Consumer, type KafkaMessage } from 'kafkajs';
import { hub } from './hub.js';
import type { ServiceAccess, TestHub } from './administration.js';

/** Where they connect. */
export const readersAddress = process.env['KAFKA_READERS'] ?? 'unknown';

/** As Azure's portal shows it; of the local hub for the policy with all rights. */
export function eventHubsConnectionString(
  { host, owner }: ServiceAccess = hub,
  entityPath?: string,
): string {
  const path = entityPath === undefined ? '' : `;EntityPath=${entityPath}`;
  return `Endpoint=sb://${host}/;SharedAccessKeyName=${owner.name};SharedAccessKey=${owner.key}${path}`;
}

export function kafkaOf(password: string, username = '$ConnectionString'): Kafka {
  return new Kafka({
    clientId: 'outside',
    brokers: [readersAddress],
    ssl: { ca: [hub.authority] },
    sasl: { mechanism: 'plain', username, password },
    logLevel: logLevel.NOTHING,
    retry: { retries: 0 },
  });
}

export type EventsOf = Pick<TestHub, 'eventsTopic'>;

/** A group that nobody else has, as the hub's readers may name theirs. */
export function newGroup({ eventsTopic }: EventsOf = hub): string {
  return `${eventsTopic}.test-${randomUUID()}`;
}

interface Subscription {
  readonly groupId?: string;
  readonly topic?: string;
  readonly onMessage?: (message: KafkaMessage) => void;
}

/** Resolves with the name of the error that ends it; `stop` ends it otherwise. */
export interface RunningConsumer {
  readonly ended: Promise<string>;
  stop(): Promise<void>;
}

/** Reads a topic from its beginning. @throws what joining or subscribing is refused with */
export async function consume(
  kafka: Kafka,
  { groupId = newGroup(), topic = hub.eventsTopic, onMessage }: Subscription,
): Promise<RunningConsumer> {
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 100, retry: { retries: 0 } });
  const ended = firstCrash(consumer);
  try {
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      eachMessage: ({ message }) => {
        onMessage?.(message);
        return Promise.resolve();
      },
    });
  } catch (error) {
    await consumer.disconnect();
    throw error;
  }
  return { ended, stop: () => consumer.disconnect() };
}

function firstCrash(consumer: Consumer): Promise<string> {
  return new Promise((resolve) => {
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      resolve(payload.error.message);
    });
  });
}
