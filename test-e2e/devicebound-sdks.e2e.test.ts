/** Cloud-to-device messages as the unmodified device SDKs take them, also when they have lost their line. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '@linchpin/testing';
import { Client, Message, SharedAccessKeyAuthenticationProvider } from 'azure-iot-device';
import { Mqtt } from 'azure-iot-device-mqtt';
import {
  countMessages,
  messageIds,
  sendMessage,
  sendMessages,
} from './support/devicebound-messages.js';
import { deviceConnectionString } from './support/device-connection-string.js';
import { hub } from './support/hub.js';
import { KafkaReader } from './support/kafka-reader.js';
import { startPythonDevice } from './support/python-device.js';
import { createDevice, type TestIdentity } from './support/registry.js';

/** 50 messages of it, as many as may wait, are more than a line is away. */
const betweenMs = 250;

let hubEvents: KafkaReader;
const clients: Client[] = [];

beforeAll(async () => {
  hubEvents = await KafkaReader.from(hub.hubEventsTopic);
});

afterAll(async () => {
  await Promise.all(clients.map((client) => client.close()));
  await hubEvents.close();
});

const expiry = new Date(Date.now() + 3_600_000).toISOString();
/** Whatever a sender can say of a message. */
const headers = {
  ...{ messageid: 'm-1', correlationid: 'c 1', userid: 'u&1', ack: 'full', expiry },
  ...{ contenttype: 'text/plain', contentencoding: 'utf-8', 'app-Room': 'küche + 1=1/2' },
};
/** As the hub writes a time. */
const expiryTimeUtc = expiry.replace('Z', '0000Z');

function clientOf(device: TestIdentity): Client {
  return Client.fromConnectionString(deviceConnectionString(device), Mqtt);
}

/** How often it has connected. */
function connects({ deviceId }: TestIdentity): number {
  return hubEvents.all.filter(
    ({ headers: { 'iothub-connection-device-id': id, opType } }) =>
      id === deviceId && opType === 'deviceConnected',
  ).length;
}

/** Connects it and completes what comes. @returns what has come, in order */
async function take(client: Client): Promise<Message[]> {
  const taken: Message[] = [];
  clients.push(client);
  await client.open();
  client.on('message', (message: Message) => {
    taken.push(message);
    void client.complete(message);
  });
  return taken;
}

const textsOf = (messages: readonly Message[]): string[] =>
  messages.map(({ data }) => (data as Buffer).toString());

/** In the order in which they came first: one that its line was lost under may come again. */
const firstOf = (texts: readonly string[]): string[] => [...new Set(texts)];

const drained = (device: TestIdentity): Promise<void> =>
  eventually(async () => (await countMessages(device)) === 0);

describe('Node', () => {
  test('shows what the sender said of a message, and completes it', async () => {
    const device = await createDevice();
    await sendMessage(device, 'light on', headers);
    const taken = await take(clientOf(device));
    await drained(device);

    expect(textsOf(taken)).toEqual(['light on']);
    expect(taken[0]).toMatchObject({
      messageId: 'm-1',
      correlationId: 'c 1',
      userId: 'u&1',
      to: `/devices/${device.deviceId}/messages/deviceBound`,
      expiryTimeUtc,
      contentType: 'text/plain',
      contentEncoding: 'utf-8',
    });
    // The SDK takes the ack for a property.
    expect(taken[0]?.properties.propertyList).toEqual([
      { key: 'iothub-ack', value: 'full' },
      { key: 'Room', value: 'küche + 1=1/2' },
    ]);
  });

  test('takes 50 that waited and 50 that come, in order', async () => {
    const device = await createDevice();
    const ids = messageIds(100);
    await sendMessages(device, ids.slice(0, 50));
    const taken = await take(clientOf(device));
    await drained(device);
    await sendMessages(device, ids.slice(50));
    await drained(device);
    expect(textsOf(taken)).toEqual(ids);
  });

  test('device-mqtt 58: messages come while the token is renewed, and afterwards', async () => {
    const device = await createDevice();
    const [validSeconds, marginSeconds] = [60, 57];
    const provider = SharedAccessKeyAuthenticationProvider.fromConnectionString(
      deviceConnectionString(device),
      validSeconds,
      marginSeconds,
    );
    const taken = await take(Client.fromAuthenticationProvider(provider, Mqtt));
    const sent: string[] = [];
    while (connects(device) < 3) {
      const id = `m-${sent.length + 1}`;
      sent.push(id);
      await sendMessage(device, id);
      await eventually(() => textsOf(taken).includes(id));
    }
    await drained(device);
    expect(firstOf(textsOf(taken))).toEqual(sent);
  });

  test('after its line was cut it gets what came meanwhile, and what comes', async () => {
    const device = await createDevice();
    const client = clientOf(device);
    const taken = await take(client);
    await sendMessage(device, 'before');
    await eventually(() => taken.length === 1);
    const fault = new Message('cut me off');
    fault.properties.add('AzIoTHub_FaultOperationType', 'KillTcp');
    fault.properties.add('AzIoTHub_FaultOperationDelayInSecs', '1');
    fault.properties.add('AzIoTHub_FaultOperationDurationInSecs', '3');
    await client.sendEvent(fault);
    const sent = ['before'];
    while (connects(device) < 2) {
      sent.push(`m-${sent.length}`);
      await sendMessage(device, sent.at(-1)!);
      await delay(betweenMs);
    }
    await sendMessage(device, 'after');
    await drained(device);
    expect(firstOf(textsOf(taken))).toEqual([...sent, 'after']);
  });
});

describe('Python', () => {
  test('shows what the sender said of a message, and completes it', async () => {
    const device = await createDevice();
    await sendMessage(device, 'light on', headers);
    const python = startPythonDevice('take_messages.py', deviceConnectionString(device));
    expect(await python.told('message')).toEqual({
      messageId: 'm-1',
      correlationId: 'c 1',
      userId: 'u&1',
      expiryTimeUtc,
      contentType: 'text/plain',
      contentEncoding: 'utf-8',
      ack: 'full',
      properties: { Room: 'küche + 1=1/2' },
      body: 'light on',
    });
    await drained(device);
    await sendMessage(device, 'finish');
    await python.ended;
  });

  test('device-mqtt 59: after its line was cut it gets what comes', async () => {
    const device = await createDevice();
    const python = startPythonDevice('take_messages.py', deviceConnectionString(device), 'cut');
    await sendMessage(device, 'before');
    await python.told('back');
    await sendMessage(device, 'after');
    const isIt = (message: unknown) => (message as { body: string }).body === 'after';
    expect(await python.told('message', isIt)).toEqual({ properties: {}, body: 'after' });
    await sendMessage(device, 'finish');
    await python.ended;
    await drained(device);
  });
});
