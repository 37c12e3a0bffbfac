import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { FileNotificationOutcome } from '@linchpin/contracts';
import { eventually } from '@linchpin/testing';
import { deviceOf, UploadsUnderTest } from './support/uploads-under-test.js';

jest.setTimeout(60_000);

const { ABANDON } = FileNotificationOutcome;
const lockLost = { code: 'DeviceMessageLockLost' };

let uploads: UploadsUnderTest;

beforeAll(async () => {
  uploads = await UploadsUnderTest.start({ fileNotificationsMax: 5 });
});

afterAll(() => uploads.stop());

test('they come in their order, each to one receiver, and a completed one is gone', async () => {
  const hub = uploads.newHub();
  for (const name of ['a', 'b', 'c']) {
    await uploads.upload(deviceOf(hub, `of-${name}`), name);
  }
  const received = await Promise.all([uploads.receive(hub), uploads.receive(hub)]);
  const third = await uploads.receive(hub);
  expect(received.map((each) => each!.blobName).sort()).toEqual(['of-a/a', 'of-b/b']);
  expect(third?.blobName).toBe('of-c/c');
  expect(await uploads.receive(hub)).toBeUndefined();

  for (const notification of [...received, third]) {
    await uploads.settle(hub, notification!.lockToken);
  }
  expect(await uploads.countRows('file_notifications', hub)).toBe(0);
  await expect(uploads.settle(hub, third!.lockToken)).rejects.toMatchObject(lockLost);
});

test('one that is given back comes again, before those behind it, under another lock', async () => {
  const hub = uploads.newHub();
  await uploads.upload(deviceOf(hub), 'a');
  await uploads.upload(deviceOf(hub), 'b');
  const first = await uploads.receive(hub);
  await uploads.settle(hub, first!.lockToken, ABANDON);
  const again = await uploads.receive(hub);

  expect(again).toMatchObject({
    blobName: 'd1/a',
    deliveryCount: 1,
    sequenceNumber: first!.sequenceNumber,
  });
  expect(again!.lockToken).not.toEqual(first!.lockToken);
  await expect(uploads.settle(hub, first!.lockToken)).rejects.toMatchObject(lockLost);
});

test('one that was given back as often as the hub allows is dropped', async () => {
  const hub = uploads.newHub({ maxDeliveryCount: 2 });
  await uploads.upload(deviceOf(hub), 'a');
  await uploads.settle(hub, (await uploads.receive(hub))!.lockToken, ABANDON);
  await uploads.settle(hub, (await uploads.receive(hub))!.lockToken, ABANDON);

  expect(await uploads.receive(hub)).toBeUndefined();
  expect(await uploads.countRows('file_notifications', hub)).toBe(0);
});

test('a lock that nobody settles in time is lost, counts for nothing, and is told before', async () => {
  const hub = uploads.newHub({ lockSeconds: 30 });
  await uploads.upload(deviceOf(hub), 'a');
  const first = await uploads.receive(hub);
  const { notification, nextDueMs } = await uploads.look(hub);
  expect(notification).toBeUndefined();
  expect(nextDueMs).toBeGreaterThan(15_000);
  expect(nextDueMs).toBeLessThanOrEqual(30_000);
  await uploads.age(hub, 30);

  await expect(uploads.settle(hub, first!.lockToken)).rejects.toMatchObject(lockLost);
  expect(await uploads.receive(hub)).toMatchObject({ blobName: 'd1/a', deliveryCount: 0 });
});

test('one whose time is over is received no more, and goes; one that somebody has may be settled', async () => {
  const hub = uploads.newHub({ ttlSeconds: 60, lockSeconds: 300 });
  await uploads.upload(deviceOf(hub), 'held');
  await uploads.upload(deviceOf(hub), 'waits');
  const held = await uploads.receive(hub);
  await uploads.age(hub, 61);
  expect(await uploads.look(hub)).toEqual({ notification: undefined, nextDueMs: undefined });
  await eventually(async () => (await uploads.countRows('file_notifications', hub)) === 1);

  await uploads.settle(hub, held!.lockToken);
  const metrics = await (await fetch(`${uploads.process.probeUrl}/metrics`)).text();
  expect(metrics).toMatch(
    /linchpin_file_notifications_settled_total\{result="expired",[^}]*\} [1-9]/,
  );
});

test('where nobody receives them the oldest make room', async () => {
  const hub = uploads.newHub();
  for (let number = 0; number < 7; number++) {
    await uploads.upload(deviceOf(hub), `file-${number}`);
  }

  expect(await uploads.countRows('file_notifications', hub)).toBe(5);
  expect((await uploads.receive(hub))?.blobName).toBe('d1/file-2');
});

test('what is settled for another hub is not', async () => {
  const [hub, other] = [uploads.newHub(), uploads.newHub()];
  await uploads.upload(deviceOf(hub), 'a');
  const { lockToken } = (await uploads.receive(hub))!;

  await expect(uploads.settle(other, lockToken)).rejects.toMatchObject(lockLost);
  await expect(uploads.settle(hub, Buffer.alloc(0))).rejects.toMatchObject(lockLost);
  await expect(
    uploads.settle(hub, lockToken, FileNotificationOutcome.UNSPECIFIED),
  ).rejects.toMatchObject({ code: 'ArgumentInvalid' });
  await uploads.settle(hub, lockToken);
});
