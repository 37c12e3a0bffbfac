/** Calls of gateways that wait for them no longer, and that are carried out all the same. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Recipient } from '@linchpin/contracts';
import { eventually } from '@linchpin/testing';
import { sql } from 'kysely';
import { MessagesUnderTest, textsOf } from './support/messages-under-test.js';

let messages: MessagesUnderTest;

beforeAll(async () => {
  messages = await MessagesUnderTest.start();
});

afterAll(() => messages.stop());

/** Resolves once so many statements of the kind wait for PostgreSQL. */
async function waits(kind: 'lock' | 'purge', count: number): Promise<void> {
  const { db, schema } = messages.process.database;
  const words = { lock: '%at_most%', purge: '%purge_on_new_subscription%' };
  await eventually(async () => {
    const waiting = await sql`
      select 1 from pg_stat_activity
      where wait_event_type = 'Lock' and application_name = ${`linchpin-${schema}`}
        and query like ${words[kind]}`.execute(db);
    return waiting.rows.length === count;
  });
}

/** PostgreSQL stands still for the work. */
function standingStill<Result>(work: () => Promise<Result>): Promise<Result> {
  return messages.process.database.db.transaction().execute(async (transaction) => {
    await sql`lock table messages in access exclusive mode`.execute(transaction);
    return work();
  });
}

/** Whoever is answered came behind all that was asked before. */
async function allArrived(): Promise<void> {
  await expect(messages.lock(messages.newDevice(), { limit: 0 })).rejects.toMatchObject({
    code: 'ArgumentInvalid',
  });
}

async function newDeviceWithMessage(): Promise<Recipient> {
  const device = messages.newDevice();
  await messages.send(device, { text: 'a' });
  return device;
}

/** A connection is not given again what it has. */
const noConnection = { connection: undefined };

test.each([{ subscriptionAgeMs: undefined }, { subscriptionAgeMs: 0 }])(
  'what is handed out late is taken back by the release that was asked for behind it: %j',
  async (how) => {
    const device = await newDeviceWithMessage();
    // More is asked of PostgreSQL than it is given at once.
    const { calls } = await standingStill(async () => {
      const first = messages.lock(messages.newDevice());
      await waits('lock', 1);
      const second = messages.lock(messages.newDevice());
      await waits('lock', 2);
      const late = messages.lock(device, how);
      const released = messages.release(device, '0001', []);
      await allArrived();
      return { calls: [first, second, late, released] };
    });
    await Promise.all(calls);

    expect(textsOf(await messages.lock(device))).toEqual(['a']);
  },
);

test.each([
  { during: 'lock', subscriptionAgeMs: undefined },
  { during: 'purge', subscriptionAgeMs: 0 },
] as const)('whoever leaves during the $during has nothing', async ({ during, ...how }) => {
  const device = await newDeviceWithMessage();
  const leaving = new AbortController();
  await standingStill(async () => {
    const left = messages.lock(device, { ...how, signal: leaving.signal });
    await waits(during, 1);
    leaving.abort(new Error('left'));
    await expect(left).rejects.toThrow();
    await allArrived();
  });
  const [message] = await messages.lock(device, noConnection);

  expect(message).toMatchObject({ deliveryCount: 0, content: Buffer.from('a') });
});

test('whoever leaves before his turn has nothing, and purges nothing', async () => {
  const device = messages.newDevice(messages.newHub({ purgeOnNewSubscription: true }));
  await messages.send(device, { text: 'a' });
  const leaving = new AbortController();
  const { calls } = await standingStill(async () => {
    const first = messages.lock(device, noConnection);
    await waits('lock', 1);
    const left = messages.lock(device, { subscriptionAgeMs: 0, signal: leaving.signal });
    await allArrived();
    leaving.abort(new Error('left'));
    await expect(left).rejects.toThrow();
    await allArrived();
    return { calls: [first] };
  });
  await Promise.all(calls);

  expect(await messages.count(device, [device])).toEqual([1]);
});
