/** Back ends by AMQP: Azure's unmodified SDKs for Node and Python. */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '@linchpin/testing';
import { Client as Device } from 'azure-iot-device';
import { Amqp } from 'azure-iot-device-amqp';
import { Client } from 'azure-iothub';
import { Message } from 'azure-iot-common';
import {
  countMessages,
  messageIds,
  purgeMessages,
  sendMessages,
} from './support/devicebound-messages.js';
import type { FeedbackRecordJson } from './support/feedback.js';
import { hub } from './support/hub.js';
import { createDevice, type TestIdentity } from './support/registry.js';
import { receiverOf } from './support/service-receiver.js';

/** A record is due 15 s after its message came to its end. */
const dueMsMax = 40_000;

let service: Client;
const devices: Device[] = [];

beforeAll(async () => {
  service = Client.fromConnectionString(hub.connectionString);
  await service.open();
});

afterAll(async () => {
  await Promise.all(devices.map((device) => device.close()));
  await service.close();
});

function messageOf(id: string, ack?: string): Message {
  const message = new Message(JSON.stringify({ id }));
  message.messageId = id;
  if (ack !== undefined) {
    message.ack = ack;
  }
  return message;
}

/** Completes all that it is sent. */
async function takingDevice(): Promise<{ device: TestIdentity; taken: Message[] }> {
  const device = await createDevice();
  const { deviceId, primaryKey } = device;
  const text = `HostName=${hub.host};DeviceId=${deviceId};SharedAccessKey=${primaryKey}`;
  const client = Device.fromConnectionString(text, Amqp);
  devices.push(client);
  await client.open();
  const taken: Message[] = [];
  client.on('message', (message: Message) => {
    taken.push(message);
    void client.complete(message);
  });
  return { device, taken };
}

/** Receives feedback from now on; of others, too, whose records are passed over. */
async function receiveOf(deviceIds: readonly string[]) {
  const batches: (readonly FeedbackRecordJson[])[] = [];
  const receiver = await receiverOf((done) => {
    service.getFeedbackReceiver(done);
  });
  receiver.on('message', (message: Message) => {
    const text = (message.getData() as Buffer).toString();
    const records = JSON.parse(text) as readonly FeedbackRecordJson[];
    const own = records.filter(({ deviceId }) => deviceIds.includes(deviceId));
    if (own.length > 0) {
      batches.push(own);
    }
  });
  return batches;
}

/** The SDK has a copy of the class of its own. */
function send(deviceId: string, message: Message): Promise<unknown> {
  return service.send(deviceId, message as never);
}

test('amqp 46: Node: what a device completes brings one Success record to who asked for it', async () => {
  const { device, taken } = await takingDevice();
  const batches = await receiveOf([device.deviceId]);
  for (const ack of ['none', 'positive', 'negative', 'full']) {
    const message = messageOf(ack, ack);
    message.properties.add('room', 'kitchen');
    message.contentType = 'application/json';
    await send(device.deviceId, message);
  }
  await eventually(() => taken.length === 4);
  const endedMs = Date.now();
  expect(taken[3]).toMatchObject({ messageId: 'full', contentType: 'application/json' });
  expect(taken[3]!.properties.getValue('room')).toBe('kitchen');

  await eventually(() => batches.length > 0, dueMsMax);
  expect(Date.now() - endedMs).toBeLessThan(20_000);
  expect(batches.flat()).toEqual(
    ['positive', 'full'].map((originalMessageId) => ({
      originalMessageId,
      statusCode: 'Success',
      description: 'Success',
      deviceId: device.deviceId,
      deviceGenerationId: device.generationId,
      enqueuedTimeUtc: expect.any(String),
    })),
  );
}, 90_000);

test('amqp 47: Node: sixty-four records that wait come at once', async () => {
  const waiting = [await createDevice(), await createDevice()];
  const batches = await receiveOf(waiting.map(({ deviceId }) => deviceId));
  for (const device of waiting) {
    await sendMessages(device, messageIds(40), { ack: 'negative' });
  }
  const purgedMs = Date.now();
  await Promise.all(waiting.map((device) => purgeMessages(device)));
  await eventually(() => batches.flat().length >= 60, dueMsMax);

  expect(Date.now() - purgedMs).toBeLessThan(12_000);
  expect(new Set(batches.flat().map(({ statusCode }) => statusCode))).toEqual(new Set(['Purged']));
}, 90_000);

describe('Node: a message', () => {
  test('amqp 45: to an unknown device is refused', async () => {
    await expect(send(`nobody-${randomUUID()}`, messageOf('m'))).rejects.toMatchObject({
      name: 'DeviceNotFoundError',
      amqpError: { condition: 'amqp:not-found' },
    });
  });

  test('amqp 37: for which the queue of its device has no room is refused', async () => {
    const device = await createDevice();
    await Promise.all(messageIds(50).map((id) => send(device.deviceId, messageOf(id))));
    await expect(send(device.deviceId, messageOf('m-51'))).rejects.toMatchObject({
      name: 'DeviceMaximumQueueDepthExceededError',
      amqpError: { condition: 'amqp:resource-limit-exceeded' },
    });
    expect(await countMessages(device)).toBe(50);
  });

  test('that is too large, or asks for what is not there, is refused', async () => {
    const { deviceId } = await createDevice();
    const large = new Message(Buffer.alloc(65_537));
    await expect(send(deviceId, large)).rejects.toMatchObject({
      amqpError: { condition: 'amqp:link:message-size-exceeded' },
    });
    const expired = messageOf('expired');
    expired.expiryTimeUtc = Date.now() - 60_000;
    await expect(send(deviceId, expired)).rejects.toMatchObject({
      amqpError: { condition: 'com.microsoft:argument-error' },
    });
  });
});

test('amqp 49: Node: the receiver of file notifications opens, and stays', async () => {
  const notifications = await receiverOf((done) => {
    service.getFileNotificationReceiver(done);
  });
  const errors: unknown[] = [];
  notifications.on('errorReceived', (error) => errors.push(error));
  const { deviceId } = await createDevice();
  await send(deviceId, messageOf('m'));
  // It would take what other tests wait for.
  await (notifications as unknown as { detach(): Promise<void> }).detach();
  expect(errors).toEqual([]);
});

test('Python: send_c2d_message by AMQP', async () => {
  const { device, taken } = await takingDevice();
  const python = process.env['LINCHPIN_TEST_PYTHON'] ?? 'python3';
  const script = join(import.meta.dirname, 'python', 'send_messages.py');
  const { stdout } = await promisify(execFile)(
    python,
    [script, hub.connectionString, device.deviceId],
    { env: { ...process.env, IOTHUB_CA_FILE: hub.authorityFile } },
  );
  expect(JSON.parse(stdout)).toEqual({
    known: 'sent',
    unknown: 'C2D message send failure',
    again: 'sent',
  });
  await eventually(() => taken.length === 2);
  const [first] = taken;
  expect(first).toMatchObject({
    messageId: 'py-1',
    correlationId: 'c-1',
    contentType: 'application/json',
    contentEncoding: 'utf-8',
  });
  expect(first!.properties.getValue('room')).toBe('kitchen');
  expect((first!.getData() as Buffer).toString()).toBe('{"name": "known"}');
}, 60_000);
