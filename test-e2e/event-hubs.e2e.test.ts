/** The built-in endpoint read by Azure's unmodified client of Event Hubs for Node. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  earliestEventPosition,
  EventHubConsumerClient,
  latestEventPosition,
  type EventPosition,
  type ReceivedEventData,
} from '@azure/event-hubs';
import { BlobCheckpointStore } from '@azure/eventhubs-checkpointstore-blob';
import { ContainerClient } from '@azure/storage-blob';
import { BlobAccount, eventually, testEngines } from '@linchpin/testing';
import { Client, Message } from 'azure-iot-device';
import { Amqp } from 'azure-iot-device-amqp';
import { Mqtt } from 'azure-iot-device-mqtt';
import { WebSocket } from 'ws';
import {
  consumerClient,
  createConsumerGroup,
  eventsConnectionString,
  readDevice,
} from './support/event-hubs.js';
import { hub } from './support/hub.js';
import { createDevice } from './support/registry.js';

const blobs = new BlobAccount(testEngines().blobConnectionString);
const open: { close(): Promise<void> }[] = [];

afterAll(async () => {
  for (const each of open.reverse()) {
    await each.close();
  }
});

function consumer(): EventHubConsumerClient {
  const client = consumerClient(consumerGroup);
  open.push(client);
  return client;
}

async function openDevice(deviceId: string, transport: typeof Amqp | typeof Mqtt): Promise<Client> {
  const { primaryKey } = await createDevice(deviceId);
  const text = `HostName=${hub.host};DeviceId=${deviceId};SharedAccessKey=${primaryKey}`;
  const client = Client.fromConnectionString(text, transport);
  await client.open();
  open.push({
    close: async () => {
      await client.close();
    },
  });
  return client;
}

async function send(device: Client, numbers: readonly number[]): Promise<void> {
  for (const number of numbers) {
    const message = new Message(JSON.stringify({ number }));
    message.messageId = `m-${number}`;
    message.correlationId = 'c';
    message.contentType = 'application/json';
    message.contentEncoding = 'utf-8';
    message.properties.add('level', 'high');
    await device.sendEvent(message);
  }
}

const numbersOf = (events: readonly ReceivedEventData[]): number[] =>
  events.map(({ body }) => (body as { number: number }).number);

const deviceId = `eh-${randomUUID()}`;
let consumerGroup: string;
let device: Client;
let stored: ReceivedEventData[];
let partitionId: string;

beforeAll(async () => {
  consumerGroup = await createConsumerGroup('node-readers');
  device = await openDevice(deviceId, Amqp);
  await send(device, [0, 1, 2, 3, 4]);
  const reading = readDevice(consumer(), deviceId, { startPosition: earliestEventPosition });
  await eventually(() => reading.events.length === 5, 60_000);
  await reading.close();
  stored = reading.events;
  partitionId = reading.partitionId ?? '';
}, 120_000);

test('amqp 51, 59: a policy of the hub reads what the event hub is', async () => {
  const properties = await consumer().getEventHubProperties();

  expect(properties).toMatchObject({ name: hub.eventsTopic, partitionIds: ['0', '1', '2', '3'] });
  expect(properties.createdOn).toBeInstanceOf(Date);
});

test('amqp 11: over a WebSocket the same is read', async () => {
  const overWebSocket = consumerClient(consumerGroup, {
    webSocketOptions: { webSocket: WebSocket },
  });
  open.push(overWebSocket);
  const reading = readDevice(overWebSocket, deviceId, {
    startPosition: earliestEventPosition,
    partitionId,
  });
  await eventually(() => reading.events.length >= 5, 60_000);
  await reading.close();

  expect(numbersOf(reading.events.slice(0, 5))).toEqual([0, 1, 2, 3, 4]);
}, 90_000);

test('amqp 52: a partition tells its extent', async () => {
  const properties = await consumer().getPartitionProperties(partitionId);

  expect(properties).toMatchObject({ eventHubName: hub.eventsTopic, partitionId, isEmpty: false });
  expect(Number(properties.lastEnqueuedOffset)).toBe(properties.lastEnqueuedSequenceNumber);
  expect(properties.lastEnqueuedSequenceNumber).toBeGreaterThanOrEqual(
    stored[4]?.sequenceNumber ?? Infinity,
  );
});

test('amqp 57: an event has what the device and what the hub says of it', () => {
  const [first] = stored;

  expect(numbersOf(stored)).toEqual([0, 1, 2, 3, 4]);
  expect(first).toMatchObject({
    messageId: 'm-0',
    correlationId: 'c',
    contentType: 'application/json',
    properties: { level: 'high' },
    offset: String(first?.sequenceNumber),
  });
  expect(first?.enqueuedTimeUtc).toBeInstanceOf(Date);
  expect(first?.systemProperties).toMatchObject({
    'iothub-connection-device-id': deviceId,
    'iothub-message-source': 'Telemetry',
    'iothub-connection-auth-method': expect.stringContaining('"scope":"device"'),
    'iothub-connection-auth-generation-id': expect.stringMatching(/^\d{18,19}$/),
    'iothub-enqueuedtime': expect.anything(),
    contentEncoding: 'utf-8',
  });
});

test.each<[string, () => EventPosition, number[]]>([
  ['an offset', () => ({ offset: stored[1]?.offset ?? '' }), [2, 3, 4]],
  [
    'an offset, inclusive',
    () => ({ offset: stored[1]?.offset ?? '', isInclusive: true }),
    [1, 2, 3, 4],
  ],
  ['a sequence number', () => ({ sequenceNumber: stored[3]?.sequenceNumber ?? 0 }), [4]],
  [
    'a sequence number, inclusive',
    () => ({ sequenceNumber: stored[3]?.sequenceNumber ?? 0, isInclusive: true }),
    [3, 4],
  ],
  [
    'a time',
    () => ({ enqueuedOn: new Date((stored[0]?.enqueuedTimeUtc.getTime() ?? 0) - 1) }),
    [0, 1, 2, 3, 4],
  ],
  ['the beginning', () => earliestEventPosition, [0, 1, 2, 3, 4]],
])('amqp 53: from %s on', async (_, startPosition, expected) => {
  const reading = readDevice(consumer(), deviceId, { startPosition: startPosition(), partitionId });
  await eventually(() => reading.events.length >= expected.length, 30_000);
  await reading.close();

  expect(numbersOf(reading.events)).toEqual(expected);
});

test('amqp 54: from the end on only what comes, whatever protocol it comes by', async () => {
  const id = `eh-${randomUUID()}`;
  const sender = await openDevice(id, Mqtt);
  await send(sender, [0]);
  const reading = readDevice(consumer(), id, { startPosition: latestEventPosition });
  let number = 0;
  // Readers begin when they are attached, of which the client does not tell.
  await eventually(async () => {
    await send(sender, [++number]);
    return reading.events.length > 2;
  }, 60_000);
  await reading.close();
  const numbers = numbersOf(reading.events);

  expect(numbers[0]).toBeGreaterThan(0);
  expect(numbers).toEqual(numbers.map((_, index) => (numbers[0] ?? 0) + index));
}, 90_000);

test('amqp 55: an owner of a higher level takes the partition, and a lower one does not', async () => {
  const codes: string[][] = [[], [], []];
  const begun = [false, false, false];
  const subscribe = (index: number, ownerLevel: number) =>
    consumer().subscribe(
      partitionId,
      {
        processInitialize: () => Promise.resolve(),
        processEvents: () => {
          begun[index] = true;
          return Promise.resolve();
        },
        processError: (error) => {
          codes[index]?.push((error as { code?: string }).code ?? error.message);
          return Promise.resolve();
        },
      },
      { startPosition: earliestEventPosition, ownerLevel, maxWaitTimeInSeconds: 1 },
    );
  const first = subscribe(0, 1);
  await eventually(() => begun[0] === true, 30_000);
  const second = subscribe(1, 2);
  await eventually(() => begun[1] === true && (codes[0]?.length ?? 0) > 0, 30_000);
  const third = subscribe(2, 1);
  await eventually(() => (codes[2]?.length ?? 0) > 0, 30_000);
  await Promise.all([first, second, third].map((each) => each.close()));

  expect(codes[0]?.[0]).toBe('ReceiverDisconnectedError');
  expect(codes[2]?.[0]).toBe('ReceiverDisconnectedError');
  expect(codes[1]).toEqual([]);
}, 120_000);

test('two consumers share the partitions, and one takes over what the other leaves', async () => {
  const container = await blobs.createContainer();
  const checkpoints = new BlobCheckpointStore(new ContainerClient(blobs.containerUri(container)));
  const events: ReceivedEventData[] = [];
  const owned = [new Set<string>(), new Set<string>()];
  const start = (index: number) => {
    const client = new EventHubConsumerClient(consumerGroup, eventsConnectionString, checkpoints, {
      loadBalancingOptions: {
        updateIntervalInMs: 500,
        partitionOwnershipExpirationIntervalInMs: 5_000,
      },
    });
    const subscription = client.subscribe(
      {
        processInitialize: ({ partitionId: id }) => {
          owned[index]?.add(id);
          return Promise.resolve();
        },
        processClose: (_, { partitionId: id }) => {
          owned[index]?.delete(id);
          return Promise.resolve();
        },
        processEvents: async (received, context) => {
          events.push(
            ...received.filter(
              ({ systemProperties }) =>
                systemProperties?.['iothub-connection-device-id'] === deviceId,
            ),
          );
          const last = received.at(-1);
          if (last !== undefined) {
            await context.updateCheckpoint(last);
          }
        },
        processError: () => Promise.resolve(),
      },
      // Each batch has a checkpoint, and other tests' messages come first.
      { startPosition: earliestEventPosition, maxWaitTimeInSeconds: 1, maxBatchSize: 500 },
    );
    return {
      close: async () => {
        await subscription.close();
        await client.close();
      },
    };
  };
  const one = start(0);
  const two = start(1);
  await eventually(() => owned.every(({ size }) => size === 2), 60_000);
  await eventually(() => events.length >= 5, 30_000);
  await one.close();
  await eventually(() => owned[1]?.size === 4, 60_000);
  await send(device, [100]);
  await eventually(() => numbersOf(events).includes(100), 30_000);
  await two.close();

  expect(new Set(numbersOf(events))).toEqual(new Set([0, 1, 2, 3, 4, 100]));
}, 180_000);

test('the end of the partition is told to who tracks it', async () => {
  let told: unknown;
  const subscription = consumer().subscribe(
    partitionId,
    {
      processEvents: (_, { lastEnqueuedEventProperties }) => {
        told = lastEnqueuedEventProperties;
        return Promise.resolve();
      },
      processError: () => Promise.resolve(),
    },
    { startPosition: earliestEventPosition, trackLastEnqueuedEventProperties: true },
  );
  await eventually(() => told !== undefined, 30_000);
  await subscription.close();

  expect(told).toMatchObject({
    sequenceNumber: expect.any(Number),
    offset: expect.stringMatching(/^\d+$/),
    enqueuedOn: expect.any(Date),
    retrievedOn: expect.any(Date),
  });
}, 60_000);

test.each([
  ['a consumer group that is not there', 'nobody', eventsConnectionString],
  [
    'a wrong key',
    '$Default',
    eventsConnectionString.replace(/SharedAccessKey=[^;]+/, 'SharedAccessKey=AAAA'),
  ],
  ['another event hub', '$Default', eventsConnectionString.replace(hub.eventsTopic, 'another')],
])(
  '%s is refused',
  async (_, group, text) => {
    const client = new EventHubConsumerClient(group, text, {
      retryOptions: { maxRetries: 0, timeoutInMs: 20_000 },
    });
    open.push(client);
    const errors: Error[] = [];
    client.subscribe(
      '0',
      {
        processEvents: () => Promise.resolve(),
        processError: (error) => {
          errors.push(error);
          return Promise.resolve();
        },
      },
      { startPosition: earliestEventPosition },
    );
    await eventually(() => errors.length > 0, 60_000);

    expect(['MessagingEntityNotFoundError', 'UnauthorizedError']).toContain(
      (errors[0] as { code?: string }).code,
    );
  },
  90_000,
);
