import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { FeedbackOutcome, SettlementOutcome, type Recipient } from '@linchpin/contracts';
import { eventually } from '@linchpin/testing';
import { sql } from 'kysely';
import { MessagesUnderTest, type TestHub } from './support/messages-under-test.js';

const { COMPLETE } = SettlementOutcome;

let messages: MessagesUnderTest;

beforeAll(async () => {
  messages = await MessagesUnderTest.start();
});

afterAll(() => messages.stop());

async function complete(device: Recipient, texts: readonly string[]): Promise<void> {
  for (const text of texts) {
    await messages.send(device, { text });
  }
  await messages.settle(device, await messages.lock(device), COMPLETE);
}

async function recordsAreGone(hub: TestHub): Promise<void> {
  await eventually(async () => {
    const { db } = messages.process.database;
    const records = db.selectFrom('feedback_records').select('record_id');
    const ofHub = records.where('hub_generation', '=', hub.hubGeneration);
    return (await ofHub.execute()).length === 0;
  });
}

/** Batches are looked at before records. */
async function expiredAreRemoved(): Promise<void> {
  const hub = messages.newHub();
  await complete(messages.newDevice(hub), ['old']);
  await messages.ageFeedback(hub, 3_601);
  await recordsAreGone(hub);
}

async function receive(hub: TestHub) {
  const batch = await messages.receiveFeedback(hub);
  return batch?.records.map(({ originalMessageId }) => originalMessageId);
}

test('records wait for fifteen seconds, and come with what they say', async () => {
  const device = messages.newDevice();
  await complete(device, ['one', 'two']);

  expect(await messages.receiveFeedback(device)).toBeUndefined();
  await messages.ageFeedback(device, 15);
  const batch = await messages.receiveFeedback(device);
  expect(batch).toMatchObject({
    deliveryCount: 0,
    records: [
      {
        originalMessageId: 'one',
        status: 1,
        deviceId: 'd1',
        deviceGenerationId: device.generationId,
      },
      { originalMessageId: 'two', status: 1 },
    ],
  });
  expect(batch!.lockToken).toHaveLength(16);
  expect(batch!.records[0]!.moduleId).toBeUndefined();
  expect(await messages.receiveFeedback(device)).toBeUndefined();
});

test('while none is due it is told when the first will be', async () => {
  const hub = messages.newHub();
  expect(await messages.nextFeedbackMs(hub)).toBeUndefined();
  await complete(messages.newDevice(hub), ['one']);
  await messages.ageFeedback(hub, 5);
  const waits = await messages.nextFeedbackMs(hub);
  expect(waits).toBeGreaterThan(2_000);
  expect(waits).toBeLessThanOrEqual(10_000);

  await messages.ageFeedback(hub, 11);
  await messages.receiveFeedback(hub);
  const locked = await messages.nextFeedbackMs(hub);
  expect(locked).toBeGreaterThan(40_000);
  expect(locked).toBeLessThanOrEqual(60_000);
});

test('nothing of a hub that was deleted is due', async () => {
  const hub = messages.newHub();
  await complete(messages.newDevice(hub), ['one']);
  expect(await messages.nextFeedbackMs(hub)).toBeGreaterThan(0);
  await messages.tell({ ...hub, change: { $case: 'hubDeleted', value: {} } });

  await eventually(async () => (await messages.nextFeedbackMs(hub)) === undefined);
});

test('sixty-four come at once, together and in the order of their ends', async () => {
  const hub = messages.newHub();
  const texts = Array.from({ length: 64 }, (_, number) => `m${String(number).padStart(2, '0')}`);
  await complete(messages.newDevice(hub, 'd1'), texts.slice(0, 40));
  expect(await messages.receiveFeedback(hub)).toBeUndefined();
  await complete(messages.newDevice(hub, 'd2'), [...texts.slice(40), 'next']);

  expect(await receive(hub)).toEqual(texts);
  expect(await receive(hub)).toBeUndefined();
});

test('of messages that end together comes in the order of their queue', async () => {
  const device = messages.newDevice();
  const texts = Array.from({ length: 20 }, (_, number) => `m${number}`);
  for (const text of texts) {
    await messages.send(device, { text });
  }
  // Their rows now lie in another order, in which PostgreSQL reads a table that it knows to be small.
  for (const locked of (await messages.lock(device)).toReversed()) {
    await messages.settle(device, [locked], SettlementOutcome.ABANDON);
  }
  await sql`analyze messages`.execute(messages.process.database.db);
  await messages.purge(device);
  await messages.ageFeedback(device, 16);

  expect(await receive(device)).toEqual(texts);
});

test('what is completed does not come again, and only once can it be', async () => {
  const hub = messages.newHub();
  await complete(messages.newDevice(hub), ['one']);
  await messages.ageFeedback(hub, 16);
  const batch = await messages.receiveFeedback(hub);
  await messages.settleFeedback(hub, batch!.lockToken, FeedbackOutcome.COMPLETE);
  await messages.ageFeedback(hub, 61);

  expect(await messages.receiveFeedback(hub)).toBeUndefined();
  await expect(
    messages.settleFeedback(hub, batch!.lockToken, FeedbackOutcome.COMPLETE),
  ).rejects.toMatchObject({ code: 'DeviceMessageLockLost' });
});

test('another hub settles nothing of it', async () => {
  const [hub, other] = [messages.newHub(), messages.newHub()];
  await complete(messages.newDevice(hub), ['one']);
  await complete(messages.newDevice(other), ['other']);
  await messages.ageFeedback(hub, 16);
  const batch = await messages.receiveFeedback(hub);

  await expect(
    messages.settleFeedback(other, batch!.lockToken, FeedbackOutcome.COMPLETE),
  ).rejects.toMatchObject({ code: 'DeviceMessageLockLost' });
  await messages.settleFeedback(hub, batch!.lockToken, FeedbackOutcome.COMPLETE);
});

test('what can be no lock token is refused as such', async () => {
  const hub = messages.newHub();

  for (const length of [0, 15, 17]) {
    await expect(
      messages.settleFeedback(hub, Buffer.alloc(length), FeedbackOutcome.COMPLETE),
    ).rejects.toMatchObject({ code: 'ArgumentInvalid' });
  }
});

test('what is abandoned comes again, as often as the hub allows', async () => {
  const hub = messages.newHub({ feedbackMaxDeliveryCount: 2 });
  await complete(messages.newDevice(hub), ['one']);
  await messages.ageFeedback(hub, 16);
  for (const deliveryCount of [0, 1]) {
    const batch = await messages.receiveFeedback(hub);
    expect(batch).toMatchObject({ deliveryCount, records: [{ originalMessageId: 'one' }] });
    await messages.settleFeedback(hub, batch!.lockToken, FeedbackOutcome.ABANDON);
  }

  expect(await messages.receiveFeedback(hub)).toBeUndefined();
});

test('what nobody settles in time comes again', async () => {
  const hub = messages.newHub({ feedbackLockSeconds: 5 });
  await complete(messages.newDevice(hub), ['one']);
  await messages.ageFeedback(hub, 16);
  const batch = await messages.receiveFeedback(hub);
  await messages.ageFeedback(hub, 6);

  await expect(
    messages.settleFeedback(hub, batch!.lockToken, FeedbackOutcome.COMPLETE),
  ).rejects.toMatchObject({ code: 'DeviceMessageLockLost' });
  expect(await receive(hub)).toEqual(['one']);
});

test('what is too old is gone', async () => {
  const hub = messages.newHub({ feedbackTtlSeconds: 60 });
  await complete(messages.newDevice(hub), ['one']);
  await messages.ageFeedback(hub, 61);

  expect(await messages.receiveFeedback(hub)).toBeUndefined();
  await recordsAreGone(hub);
});

test('a batch stays as long as its youngest record', async () => {
  const device = messages.newDevice(messages.newHub({ feedbackLockSeconds: 5 }));
  await complete(device, ['early']);
  await messages.ageFeedback(device, 3_590);
  await complete(device, ['late']);
  await messages.receiveFeedback(device);
  await messages.ageFeedback(device, 20);
  await expiredAreRemoved();

  expect(await receive(device)).toEqual(['early', 'late']);
});

test('a batch that somebody has stays while he may settle it', async () => {
  const hub = messages.newHub({ feedbackTtlSeconds: 60, feedbackLockSeconds: 60 });
  await complete(messages.newDevice(hub), ['one']);
  await messages.ageFeedback(hub, 16);
  const batch = await messages.receiveFeedback(hub);
  await messages.ageFeedback(hub, 50);
  await expiredAreRemoved();

  await messages.settleFeedback(hub, batch!.lockToken, FeedbackOutcome.COMPLETE);
});

test('of a device that is deleted nothing is told, be it in a batch', async () => {
  const hub = messages.newHub();
  const gone = messages.newDevice(hub, 'gone');
  const stays = messages.newDevice(hub, 'stays');
  await complete(gone, ['of gone']);
  await messages.ageFeedback(hub, 16);
  const batch = await messages.receiveFeedback(hub);
  await messages.settleFeedback(hub, batch!.lockToken, FeedbackOutcome.ABANDON);
  await complete(gone, ['of gone, too']);
  await complete(stays, ['of stays']);
  await messages.send(gone, { text: 'waits' });
  await messages.ageFeedback(hub, 16);
  const { deviceId, generationId } = gone;
  const value = { deviceId, generationId, moduleGenerationIds: [] };
  await messages.tell({ ...hub, change: { $case: 'identityDeleted', value } });
  await eventually(async () => (await messages.count(hub, [gone]))[0] === 0);

  expect(await receive(hub)).toEqual(['of stays']);
  expect(await receive(hub)).toBeUndefined();
});
