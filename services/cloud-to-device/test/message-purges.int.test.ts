import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SettlementOutcome } from '@linchpin/contracts';
import { createLogger } from '@linchpin/platform/logging';
import { openDatabase } from '@linchpin/platform/postgres';
import { eventually, testEngines } from '@linchpin/testing';
import { MessagePurges } from '../src/postgres/message-purges.js';
import type { CloudToDeviceTables } from '../src/postgres/schema.js';
import { MessagesUnderTest, textsOf } from './support/messages-under-test.js';

const { COMPLETE } = SettlementOutcome;

let messages: MessagesUnderTest;

beforeAll(async () => {
  messages = await MessagesUnderTest.start();
});

afterAll(() => messages.stop());

describe('a purge', () => {
  test('ends all that waits, locked or not', async () => {
    const hub = messages.newHub();
    const device = messages.newDevice(hub);
    for (const text of ['one', 'two', 'three']) {
      await messages.send(device, { text });
    }
    const locked = await messages.lock(device, { limit: 1 });

    expect(await messages.purge(device)).toBe(3);
    expect(await messages.purge(device)).toBe(0);
    expect(await messages.settle(device, locked, COMPLETE)).toEqual([false]);
    await messages.ageFeedback(hub, 16);
    const batch = await messages.receiveFeedback(hub);
    expect(batch?.records.map(({ status }) => status)).toEqual([5, 5, 5]);
  });

  test('of whom nobody knows is refused', async () => {
    const device = messages.newDevice();

    await expect(messages.purge({ ...device, deviceId: 'd2' })).rejects.toMatchObject({
      code: 'DeviceNotFound',
    });
  });

  test.each([true, false])(
    'comes with a new subscription where the hub has it: %p',
    async (purgeOnNewSubscription) => {
      const device = messages.newDevice(messages.newHub({ purgeOnNewSubscription }));
      await messages.send(device, { text: 'before' });
      const locked = await messages.lock(device, { subscriptionAgeMs: 0 });

      expect(textsOf(locked)).toEqual(purgeOnNewSubscription ? [] : ['before']);
    },
  );
});

test('a subscription of which is told once more purges nothing that was sent since', async () => {
  const device = messages.newDevice(messages.newHub({ purgeOnNewSubscription: true }));
  await messages.send(device, { text: 'before' });
  await messages.ageMessages(device, 10);
  await messages.send(device, { text: 'since' });

  expect(textsOf(await messages.lock(device, { subscriptionAgeMs: 9_000 }))).toEqual(['since']);
});

test('what is sent while a subscription waits for a connection to PostgreSQL stays', async () => {
  const device = messages.newDevice(messages.newHub({ purgeOnNewSubscription: true }));
  await messages.send(device, { text: 'before' });
  const { db, close } = openOneConnection();
  const purges = new MessagePurges(db, { purged: () => undefined });
  const subscribedMs = performance.now();
  const { purged } = await db.connection().execute(async () => {
    const begun = [{ recipient: { ...device, identity: device }, subscribedMs }];
    const purged = purges.purgeAtNewSubscriptions(begun);
    await eventually(() => performance.now() - subscribedMs >= 50);
    await messages.send(device, { text: 'since' });
    return { purged };
  });
  await purged;
  await close();

  expect(textsOf(await messages.lock(device))).toEqual(['since']);
});

function openOneConnection() {
  return openDatabase<CloudToDeviceTables>({
    url: testEngines().postgresUrl,
    schema: messages.process.database.schema,
    connectionsMax: 1,
    logger: createLogger({ service: 'test', level: 'silent' }),
  });
}
