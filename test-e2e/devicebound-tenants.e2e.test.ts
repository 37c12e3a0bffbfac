/** Whose messages and feedback are whose: two hubs of one deployment, policies without the right, devices. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createSasToken } from '@linchpin/auth';
import { administer, createHub, policyKeys, type ServiceAccess } from './support/administration.js';
import { bodiesTaken, openForMessages, takeAndAcknowledge } from './support/devicebound-device.js';
import {
  countMessages,
  messageIds,
  postMessage,
  purgeMessages,
  sendMessage,
  sendMessages,
} from './support/devicebound-messages.js';
import { abandonFeedback, completeFeedback, receiveFeedback } from './support/feedback.js';
import type { MqttClient } from './support/mqtt-client.js';
import { createDevice, tokenOf, type TestIdentity } from './support/registry.js';

const suffix = randomUUID().slice(0, 8);
/** In both hubs. */
const shared = `shared-${suffix}`;
const expiresAt = new Date(Date.now() + 3_600_000);

let owner: ServiceAccess;
let stranger: ServiceAccess;
let ownersShared: TestIdentity;
let strangersShared: TestIdentity;
let ownersKeys: ReadonlyMap<string, string>;
let strangersKeys: ReadonlyMap<string, string>;
/** Of a batch of the owner's, which is locked until the end. */
let ownersLock: string;

const clients: MqttClient[] = [];

beforeAll(async () => {
  [owner, stranger] = await Promise.all([makeHub('owner'), makeHub('stranger')]);
  ownersKeys = await policyKeys(`owner-${suffix}`);
  strangersKeys = await policyKeys(`stranger-${suffix}`);
  ownersShared = await createDevice(shared, {}, owner);
  strangersShared = await createDevice(shared, {}, stranger);
  await lockBatch();
});

afterAll(async () => {
  for (const client of clients) {
    client.destroy();
  }
  for (const kind of ['owner', 'stranger']) {
    await administer('DELETE', `/${kind}-${suffix}`);
  }
});

function makeHub(kind: string): Promise<ServiceAccess> {
  const name = `${kind}-${suffix}`;
  const cloudToDevice = { feedback: { lockDurationAsIso8601: 'PT5M' } };
  return createHub(name, `${name}.example`, { properties: { cloudToDevice } });
}

/** 64 messages that have ended are a batch at once. */
async function lockBatch(): Promise<void> {
  for (const count of [50, 14]) {
    await sendMessages(ownersShared, messageIds(count), { ack: 'full' }, owner);
    await purgeMessages(ownersShared, owner);
  }
  const { records, lockToken } = await receiveFeedback(owner);
  expect(records).toHaveLength(64);
  ownersLock = lockToken;
}

function tokenBy(keys: ReadonlyMap<string, string>, policy: string, audience = owner.host): string {
  return createSasToken({ audience, policy, key: keys.get(policy) ?? '', expiresAt });
}

/** Neither does anything to the owner's messages, nor to his feedback. */
async function expectRefused(token: string): Promise<void> {
  const answers = [
    await postMessage(ownersShared, 'forged', {}, token),
    await purgeMessages(ownersShared, token),
    await receiveFeedback(token),
    await completeFeedback(ownersLock, token),
    await abandonFeedback(ownersLock, token),
  ];
  expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 401, 401]);
  expect(await countMessages(ownersShared, owner)).toBe(0);
}

describe('nothing of the owner’s is sent, purged, read or settled', () => {
  test.each(['iothubowner', 'service', 'device', 'registryRead', 'registryReadWrite'])(
    'by the policy %s of another hub',
    (policy) => expectRefused(tokenBy(strangersKeys, policy)),
  );

  test.each(['device', 'registryRead', 'registryReadWrite'])(
    'by his own policy %s, which has not the right ServiceConnect',
    (policy) => expectRefused(tokenBy(ownersKeys, policy)),
  );

  test('by a device of his, be it the one that is sent to', async () => {
    const other = await createDevice(undefined, {}, owner);
    for (const device of [ownersShared, other]) {
      await expectRefused(tokenOf(device, expiresAt));
    }
  });

  test('by the policy service for another device', async () => {
    await expectRefused(tokenBy(ownersKeys, 'service', `${owner.host}/devices/other`));
  });

  test('afterwards the policy service may: the lock holds still', async () => {
    const token = tokenBy(ownersKeys, 'service');
    expect((await receiveFeedback(token)).status).toBe(204);
    expect((await postMessage(ownersShared, '', {}, token)).status).toBe(204);
    expect((await purgeMessages(ownersShared, token)).text).toContain('"totalMessagesPurged":1');
  });
});

describe('of two hubs', () => {
  test('feedback is apart: a lock of the owner’s is none of the stranger’s', async () => {
    expect((await receiveFeedback(stranger)).status).toBe(204);
    const answers = [
      await completeFeedback(ownersLock, stranger),
      await abandonFeedback(ownersLock, stranger),
    ];
    expect(answers).toMatchObject([{ status: 412 }, { status: 412 }]);
    expect((await receiveFeedback(owner)).status).toBe(204);
  });

  test('devices of one id have messages of their own', async () => {
    const mine = await openForMessages(ownersShared);
    const theirs = await openForMessages(strangersShared);
    clients.push(mine, theirs);
    await sendMessage(ownersShared, 'of the owner', {}, owner);
    await sendMessage(strangersShared, 'of the stranger', {}, stranger);
    await takeAndAcknowledge(mine, 'of the owner');
    await takeAndAcknowledge(theirs, 'of the stranger');
    await sendMessage(ownersShared, 'kept', {}, owner);
    expect((await purgeMessages(strangersShared, stranger)).text).toContain('Purged":0');

    await takeAndAcknowledge(mine, 'kept');
    expect([bodiesTaken(mine), bodiesTaken(theirs)]).toEqual([
      ['of the owner', 'kept'],
      ['of the stranger'],
    ]);
  });
});
