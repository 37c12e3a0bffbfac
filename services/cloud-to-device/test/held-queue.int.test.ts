import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Recipient } from '@linchpin/contracts';
import { sql, type Kysely } from 'kysely';
import { toRecipient } from '../src/grpc/recipient.js';
import { MessageAdditions } from '../src/postgres/message-additions.js';
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

test('what was stored before the connection broke is known to be', async () => {
  const { db } = messages.process.database;
  await endSessionAtMessage(db, 'breaks');
  const additions = new MessageAdditions(db);
  const held = messages.newDevice();
  await db.transaction().execute(async (transaction) => {
    await insertHub(transaction, held);
    const sent = await Promise.allSettled([
      additions.add(additionOf(messages.newDevice(), 'stored')),
      additions.add(additionOf(messages.newDevice(), 'breaks')),
      additions.add(additionOf(messages.newDevice(), 'behind it')),
      additions.add(additionOf(held, 'held')),
    ]);
    const reason = expect.objectContaining({ code: 'ServiceUnavailable' });
    const isUnknown = { status: 'rejected', reason };
    const isStored = { status: 'fulfilled', value: true };
    expect(sent).toEqual([isStored, isUnknown, isUnknown, isUnknown]);
  });
});

async function endSessionAtMessage(
  db: Kysely<CloudToDeviceTables>,
  messageId: string,
): Promise<void> {
  await sql`
    create function end_session() returns trigger language plpgsql as $$
    begin
      perform pg_terminate_backend(pg_backend_pid());
      return new;
    end $$`.execute(db);
  await sql`
    create trigger end_session before insert on messages for each row
    when (new.message_id = ${sql.lit(messageId)}) execute function end_session()`.execute(db);
}

function additionOf(recipient: Recipient, messageId: string) {
  const expiryTime = new Date(Date.now() + 3_600_000);
  const message = { messageId, ack: 'none', expiryTime, content: Buffer.from('hello') } as const;
  return { recipient: toRecipient(recipient), message, settings };
}

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
