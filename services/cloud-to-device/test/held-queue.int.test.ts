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
