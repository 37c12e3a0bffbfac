import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { MessagesUnderTest } from './support/messages-under-test.js';

let messages: MessagesUnderTest;

beforeAll(async () => {
  messages = await MessagesUnderTest.start();
});

afterAll(() => messages.stop());

/** Shorter than a statement may take. */
const timeoutMs = 5_000;

test(
  'a sender waits not for long for another process that stands still',
  async () => {
    const device = messages.newDevice();
    await messages.send(device);
    await messages.process.database.db.transaction().execute(async (transaction) => {
      await sql`
        select from queues where hub_generation = ${device.hubGeneration} for update`.execute(
        transaction,
      );
      await expect(messages.send(device)).rejects.toMatchObject({ code: 'ServiceUnavailable' });
    });
    await messages.send(device);

    expect(await messages.count(device, [device])).toEqual([2]);
  },
  timeoutMs,
);

test('of those who send at once only whose queue is held waits in vain', async () => {
  const held = messages.newDevice();
  await messages.send(held);
  const others = Array.from({ length: 30 }, () => messages.newDevice());
  await Promise.all(others.slice(0, 15).map((other) => messages.send(other)));
  await messages.process.database.db.transaction().execute(async (transaction) => {
    await sql`
      select from queues where hub_generation = ${held.hubGeneration} for update`.execute(
      transaction,
    );
    const sent = await Promise.allSettled([held, ...others].map((each) => messages.send(each)));
    expect(sent.map(({ status }) => status)).toEqual([
      'rejected',
      ...others.map(() => 'fulfilled'),
    ]);
  });
});
