/** Readers of a hub's built-in endpoint: Azure's unmodified client of Event Hubs for Node. */
import {
  EventHubConsumerClient,
  type EventHubClientOptions,
  type EventPosition,
  type PartitionContext,
  type ReceivedEventData,
} from '@azure/event-hubs';
import { administer } from './administration.js';
import { hub } from './hub.js';
import { eventHubsConnectionString } from './kafka-readers.js';

/** The Event Hub-compatible connection string of the hub under test, by its owner's policy. */
export const eventsConnectionString = eventHubsConnectionString(hub, hub.eventsTopic);

/** A consumer group in which nobody else reads, whose readers would compete. */
export async function createConsumerGroup(name: string): Promise<string> {
  const hubName = hub.eventsTopic.split('.').at(-1) ?? '';
  const path = `/${hubName}/eventHubEndpoints/events/ConsumerGroups/${name}`;
  const { status } = await administer('PUT', path, { properties: { name } });
  if (status !== 200) {
    throw new Error(`the consumer group ${name} is not made: ${status}`);
  }
  return name;
}

export function consumerClient(
  consumerGroup: string,
  options: EventHubClientOptions = {},
): EventHubConsumerClient {
  return new EventHubConsumerClient(consumerGroup, eventsConnectionString, {
    ...options,
    retryOptions: { maxRetries: 1, timeoutInMs: 20_000 },
  });
}

/** Of one device's messages in order. */
export interface DeviceEvents {
  readonly events: ReceivedEventData[];
  /** Where they are, once there are some. */
  readonly partitionId: string | undefined;
  readonly close: () => Promise<void>;
}

/** Reads what a device has sent and sends, from a position on. */
export function readDevice(
  client: EventHubConsumerClient,
  deviceId: string,
  options: { readonly startPosition: EventPosition; readonly partitionId?: string },
): DeviceEvents {
  const events: ReceivedEventData[] = [];
  let found: string | undefined;
  const handlers = {
    processEvents: (received: ReceivedEventData[], context: PartitionContext) => {
      const ofDevice = received.filter(
        ({ systemProperties }) => systemProperties?.['iothub-connection-device-id'] === deviceId,
      );
      events.push(...ofDevice);
      found = ofDevice.length > 0 ? context.partitionId : found;
      return Promise.resolve();
    },
    processError: () => Promise.resolve(),
  };
  const { startPosition, partitionId } = options;
  const subscribing = { startPosition, maxBatchSize: 20, maxWaitTimeInSeconds: 1 };
  const subscription =
    partitionId === undefined
      ? client.subscribe(handlers, subscribing)
      : client.subscribe(partitionId, handlers, subscribing);
  return {
    events,
    get partitionId() {
      return found;
    },
    close: () => subscription.close(),
  };
}
