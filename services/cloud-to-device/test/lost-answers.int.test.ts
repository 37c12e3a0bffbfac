/** Calls of gateways that wait for them no longer, and that are carried out all the same. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '@linchpin/testing';
import { sql } from 'kysely';
import { MessagesUnderTest, textsOf } from './support/messages-under-test.js';

let messages: MessagesUnderTest;

beforeAll(async () => {
  messages = await MessagesUnderTest.start();
});

afterAll(() => messages.stop());

/** Resolves once so many statements that lock messages wait for PostgreSQL. */
async function locksWait(count: number): Promise<void> {
  const { db, schema } = messages.process.database;
  await eventually(async () => {
    const waiting = await sql`
      select 1 from pg_stat_activity
      where wait_event_type = 'Lock' and application_name = ${`linchpin-${schema}`}
        and query like '%at_most%'`.execute(db);
    return waiting.rows.length === count;
  });
}

test('what is handed out late is taken back by the release that was asked for behind it', async () => {
  const [one, two, device] = [messages.newDevice(), messages.newDevice(), messages.newDevice()];
  await messages.send(device, { text: 'a' });
  const { db } = messages.process.database;
  // PostgreSQL stands still, and more is asked of it than it is given at once.
  const { calls } = await db.transaction().execute(async (transaction) => {
    await sql`lock table messages in access exclusive mode`.execute(transaction);
    const first = messages.lock(one);
    await locksWait(1);
    const second = messages.lock(two);
    await locksWait(2);
    const late = messages.lock(device);
    const released = messages.release(device, '0001', false);
    // Whoever is answered came behind these.
    await expect(messages.lock(device, { limit: 0 })).rejects.toMatchObject({
      code: 'ArgumentInvalid',
    });
    return { calls: [first, second, late, released] };
  });
  await Promise.all(calls);

  expect(textsOf(await messages.lock(device))).toEqual(['a']);
});
