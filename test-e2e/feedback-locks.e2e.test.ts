/** Receiving feedback over HTTPS (service-rest.md section 13.2): batches, their locks, and how they are settled. */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '@linchpin/testing';
import { administer, createHub, type ServiceAccess } from './support/administration.js';
import { messageIds, purgeMessages, sendMessages } from './support/devicebound-messages.js';
import {
  abandonFeedback,
  awaitFeedback,
  completeFeedback,
  receiveFeedback,
  type FeedbackAnswer,
} from './support/feedback.js';
import { createDevice, type TestIdentity } from './support/registry.js';

const name = `locks-${randomUUID().slice(0, 8)}`;
const lockMs = 5_000;
const lost = { status: 412, errorCode: 'DeviceMessageLockLost' };

let hub: ServiceAccess;
let devices: TestIdentity[];

beforeAll(async () => {
  const feedback = { lockDurationAsIso8601: 'PT5S', maxDeliveryCount: 2 };
  const cloudToDevice = { feedback };
  hub = await createHub(name, `${name}.example`, { properties: { cloudToDevice } });
  devices = [await createDevice(undefined, {}, hub), await createDevice(undefined, {}, hub)];
});

afterEach(async () => {
  expect((await receiveFeedback(hub)).status).toBe(204);
});

afterAll(() => administer('DELETE', `/${name}`));

/** So many messages end: 64 are a batch that is due at once. */
async function endMessages(first: number, second: number): Promise<void> {
  for (const [index, count] of [first, second].entries()) {
    await sendMessages(devices[index]!, messageIds(count), { ack: 'full' }, hub);
    await purgeMessages(devices[index]!, hub);
  }
}

async function receiveFull(): Promise<FeedbackAnswer> {
  const batch = await receiveFeedback(hub);
  expect([batch.status, batch.records.length]).toEqual([200, 64]);
  return batch;
}

test('service-rest 65: is answered with 204 until something is due, after 64 messages or 15 s', async () => {
  expect(await receiveFeedback(hub)).toMatchObject({ status: 204, text: '', records: [] });
  await endMessages(50, 13);
  expect((await receiveFeedback(hub)).status).toBe(204);
  await endMessages(3, 0);
  const full = await receiveFull();
  expect((await receiveFeedback(hub)).status).toBe(204);
  expect(await completeFeedback(full.lockToken, hub)).toMatchObject({ status: 204, text: '' });

  const { records, lockToken } = await awaitFeedback(hub);
  expect(records.map(({ originalMessageId }) => originalMessageId)).toEqual(['m-2', 'm-3']);
  expect((await completeFeedback(lockToken, hub)).status).toBe(204);
});

test('service-rest 65: completed once, a lock is no more: 412', async () => {
  await endMessages(50, 14);
  const { lockToken } = await receiveFull();

  expect((await completeFeedback(lockToken, hub)).status).toBe(204);
  expect(await completeFeedback(lockToken, hub)).toMatchObject(lost);
  expect(await abandonFeedback(lockToken, hub)).toMatchObject(lost);
  expect(await completeFeedback(randomUUID(), hub)).toMatchObject(lost);
  expect(await completeFeedback('no-lock', hub)).toMatchObject(lost);
});

test('what is abandoned comes again at once under another lock, as often as the hub allows', async () => {
  await endMessages(50, 14);
  const first = await receiveFull();
  expect(await abandonFeedback(first.lockToken, hub)).toMatchObject({ status: 204, text: '' });
  const second = await receiveFull();
  expect(second.records).toEqual(first.records);
  expect(second.lockToken).not.toBe(first.lockToken);
  expect(await completeFeedback(first.lockToken, hub)).toMatchObject(lost);

  expect((await abandonFeedback(second.lockToken, hub)).status).toBe(204);
  expect((await receiveFeedback(hub)).status).toBe(204);
});

test('what nobody settles comes again when its lock is over', async () => {
  await endMessages(50, 14);
  const first = await receiveFull();
  const lockedAt = Date.now();
  const second = await awaitFeedback(hub);

  expect(Date.now() - lockedAt).toBeGreaterThan(lockMs - 1_000);
  expect(second.records).toEqual(first.records);
  expect(await completeFeedback(first.lockToken, hub)).toMatchObject(lost);
  expect((await completeFeedback(second.lockToken, hub)).status).toBe(204);
});

test('many receivers get each batch once', async () => {
  await endMessages(50, 50);
  await endMessages(28, 0);
  const answers: FeedbackAnswer[] = [];
  await eventually(async () => {
    const some = await Promise.all(Array.from({ length: 6 }, () => receiveFeedback(hub)));
    answers.push(...some.filter(({ status }) => status === 200));
    return answers.length > 1;
  });
  expect(answers.map(({ records }) => records.length)).toEqual([64, 64]);
  for (const { lockToken } of answers) {
    expect((await completeFeedback(lockToken, hub)).status).toBe(204);
  }
});
