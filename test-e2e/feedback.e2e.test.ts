/** How messages end, and who hears of it (security-limits.md section 11.1), on a hub that has chosen its terms. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '@linchpin/testing';
import { administer, createHub, type ServiceAccess } from './support/administration.js';
import {
  acknowledge,
  bodiesTaken,
  deviceboundFilter,
  openForMessages,
  subscribeToMessages,
  takeAndAcknowledge,
  takeMessage,
} from './support/devicebound-device.js';
import {
  countMessages,
  postMessage,
  purgeMessages,
  sendMessage,
  sendMessages,
} from './support/devicebound-messages.js';
import { collectFeedback, type FeedbackRecordJson } from './support/feedback.js';
import { createDevice, deleteDevice, type TestIdentity } from './support/registry.js';

const name = `feedback-${randomUUID().slice(0, 8)}`;
const acks = ['none', 'positive', 'negative', 'full'] as const;
const defaultTtlMs = 60_000;

let hub: ServiceAccess;
let device: TestIdentity;
/** Of one message for each end and each ack. */
let records: readonly FeedbackRecordJson[];
let enqueuedAtMs: number;
let endedAtMs: number;

beforeAll(async () => {
  const cloudToDevice = { defaultTtlAsIso8601: 'PT1M', maxDeliveryCount: 2 };
  hub = await createHub(name, `${name}.example`, { properties: { cloudToDevice } });
  device = await createDevice(undefined, {}, hub);
  const waiting = await createDevice(undefined, {}, hub);
  enqueuedAtMs = Date.now();
  await sendMessages(waiting, ['by-default'], { ack: 'full' }, hub);
  await loseWithItsDevice();
  for (const end of [complete, letExpire, giveBackTwice, purge]) {
    await end();
  }
  endedAtMs = Date.now();
  records = await collectFeedback(hub, 'Purged-full');
}, 120_000);

afterAll(() => administer('DELETE', `/${name}`));

/** One message for each ack, `Success-full` and the like. */
async function sendEach(end: string, headers: Readonly<Record<string, string>> = {}) {
  for (const ack of acks) {
    await sendMessages(device, [`${end}-${ack}`], { ack, ...headers }, hub);
  }
}

async function complete(): Promise<void> {
  await sendEach('Success');
  const client = await openForMessages(device);
  await takeAndAcknowledge(client, ...acks.map((ack) => `Success-${ack}`));
  await drained();
  await client.disconnect();
}

async function letExpire(): Promise<void> {
  await sendEach('Expired', { expiry: new Date(Date.now() + 5_000).toISOString() });
  await drained();
}

async function giveBackTwice(): Promise<void> {
  await sendEach('DeliveryCountExceeded');
  for (const waitBefore of [4, 4]) {
    expect(await countMessages(device, hub)).toBe(waitBefore);
    const client = await openForMessages(device);
    await takeMessage(client, 'DeliveryCountExceeded-full');
    await client.disconnect();
  }
  await drained();
}

async function purge(): Promise<void> {
  await sendEach('Purged');
  await purgeMessages(device, hub);
}

async function loseWithItsDevice(): Promise<void> {
  const doomed = await createDevice(undefined, {}, hub);
  await sendMessages(doomed, ['of-who-is-gone'], { ack: 'full' }, hub);
  await purgeMessages(doomed, hub);
  await deleteDevice(doomed.deviceId, hub);
}

function drained(): Promise<void> {
  return eventually(async () => (await countMessages(device, hub)) === 0);
}

describe('feedback', () => {
  test.each([
    ['device-mqtt 43: of success', 'Success', ['full', 'positive']],
    ['device-mqtt 45: of expiry', 'Expired', ['full', 'negative']],
    [
      'device-mqtt 44: of what was given back twice, as often as this hub allows',
      'DeliveryCountExceeded',
      ['full', 'negative'],
    ],
    ['service-rest 64: of a purge', 'Purged', ['full', 'negative']],
  ])('%s is for who asked to hear of it', (_, status, asked) => {
    const told = records.filter(({ statusCode }) => statusCode === status);
    expect(told.map(({ originalMessageId }) => originalMessageId).sort()).toEqual(
      asked.map((ack) => `${status}-${ack}`),
    );
  });

  test('has nothing else, neither of a device that is gone', () => {
    expect(records).toHaveLength(8);
  });

  test('says whose message it was, and when it ended', () => {
    for (const record of records) {
      const { originalMessageId, enqueuedTimeUtc, ...rest } = record;
      const [statusCode] = originalMessageId.split('-');
      expect(rest).toEqual({
        statusCode,
        description: statusCode,
        deviceId: device.deviceId,
        deviceGenerationId: device.generationId,
      });
      expect(enqueuedTimeUtc).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z$/);
      expect(Date.parse(enqueuedTimeUtc)).toBeGreaterThan(enqueuedAtMs);
      expect(Date.parse(enqueuedTimeUtc)).toBeLessThanOrEqual(endedAtMs);
    }
  });
});

test('service-rest 64: a purge says how many waited, those on their way to the device among them', async () => {
  await sendMessages(device, ['on-its-way', 'acknowledged'], {}, hub);
  const client = await openForMessages(device);
  const late = await takeMessage(client, 'on-its-way');
  await takeAndAcknowledge(client, 'acknowledged');
  await eventually(async () => (await countMessages(device, hub)) === 1);
  client.send({ cmd: 'unsubscribe', messageId: 9, unsubscriptions: [deviceboundFilter(device)] });
  await client.expect('unsuback');
  await sendMessage(device, 'waiting', {}, hub);
  const { status, text } = await purgeMessages(device, hub);

  expect([status, text]).toEqual([
    200,
    `{"totalMessagesPurged":2,"deviceId":"${device.deviceId}","moduleId":""}`,
  ]);
  expect(JSON.parse((await purgeMessages(device, hub)).text)).toMatchObject({
    totalMessagesPurged: 0,
  });
  acknowledge(client, late);
  await subscribeToMessages(client, device);
  await sendMessage(device, 'newer', {}, hub);
  await takeAndAcknowledge(client, 'newer');
  await drained();
  expect(bodiesTaken(client)).toEqual(['on-its-way', 'acknowledged', 'newer']);
  await client.disconnect();
});

test('security-limits 31: a message that is to wait 49 hours is refused', async () => {
  const expiry = new Date(Date.now() + 49 * 3_600_000).toISOString();
  expect(await postMessage(device, '', { expiry }, hub)).toMatchObject({
    status: 403,
    errorCode: 'InvalidMessageExpiryTime',
  });
  expect(await countMessages(device, hub)).toBe(0);
});

test('security-limits 31: one without a time of its own expires by the hub’s, and is told of', async () => {
  await eventually(() => Date.now() > enqueuedAtMs + defaultTtlMs, 2 * defaultTtlMs);
  const [record, ...others] = await collectFeedback(hub, 'by-default');
  expect(record).toMatchObject({ originalMessageId: 'by-default', statusCode: 'Expired' });
  expect(others).toEqual([]);
  expect(Date.parse(record!.enqueuedTimeUtc)).toBeGreaterThanOrEqual(enqueuedAtMs + defaultTtlMs);
}, 150_000);
