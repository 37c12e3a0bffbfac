import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Recipient } from '@linchpin/contracts';
import { sql, type Kysely } from 'kysely';
import type { CloudToDeviceTables } from '../src/postgres/schema.js';
import { MessagesUnderTest, settings } from './support/messages-under-test.js';

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

test.each([
  { row: 'queue', insert: insertQueue },
  { row: 'hub', insert: insertHub },
])(
  'of those who send at once only who needs a $row that is not committed waits in vain',
  async ({ insert }) => {
    const held = messages.newDevice();
    const others = Array.from({ length: 30 }, () => messages.newDevice());
    await messages.process.database.db.transaction().execute(async (transaction) => {
      await insert(transaction, held);
      const all = others.toSpliced(15, 0, held);
      const sent = await Promise.allSettled(all.map((each) => messages.send(each)));
      expect(sent.map(({ status }) => status)).toEqual(
        all.map((each) => (each === held ? 'rejected' : 'fulfilled')),
      );
    });
  },
);

test(
  'senders to other hubs wait not for long for those whose hub is not committed',
  async () => {
    const hub = messages.newHub();
    const ids = Array.from({ length: 64 }, (_, number) => `d${number}`);
    const held = ids.map((deviceId) => messages.newDevice(hub, deviceId));
    const other = messages.newDevice();
    await messages.process.database.db.transaction().execute(async (transaction) => {
      await insertHub(transaction, held[0]!);
      const sends = Promise.allSettled(held.map((each) => messages.send(each)));
      await messages.send(other);
      const unsent = (await sends).filter(({ status }) => status === 'rejected');
      expect(unsent).toHaveLength(held.length);
    });
  },
  timeoutMs,
);

/** Its hub is committed. */
async function insertQueue(db: Kysely<CloudToDeviceTables>, device: Recipient): Promise<void> {
  await insertHub(messages.process.database.db, device);
  const { hub, hubGeneration, deviceId, generationId } = device;
  const ids = { hub, hub_generation: hubGeneration, device_id: deviceId, module_id: '' };
  await db
    .insertInto('queues')
    .values({ ...ids, generation_id: generationId })
    .execute();
}

async function insertHub(
  db: Kysely<CloudToDeviceTables>,
  { hubGeneration }: Recipient,
): Promise<void> {
  await db
    .insertInto('hubs')
    .values({
      hub_generation: hubGeneration,
      feedback_ttl_seconds: settings.feedbackTtlSeconds,
      feedback_lock_seconds: settings.feedbackLockSeconds,
      feedback_max_delivery_count: settings.feedbackMaxDeliveryCount,
      purge_on_new_subscription: settings.purgeOnNewSubscription,
    })
    .execute();
}
