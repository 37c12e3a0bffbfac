import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { FeedbackOutcome, SettlementOutcome, type Recipient } from '@linchpin/contracts';
import { eventually } from '@linchpin/testing';
import { sql } from 'kysely';
import { MessagesUnderTest, settings } from './support/messages-under-test.js';

let messages: MessagesUnderTest;

beforeAll(async () => {
  messages = await MessagesUnderTest.start();
});

afterAll(() => messages.stop());

test('of a hub that is deleted nothing is left, and nothing more is taken', async () => {
  const hub = messages.newHub();
  const devices = ['d1', 'd2'].map((deviceId) => messages.newDevice(hub, deviceId));
  for (const device of devices) {
    await messages.send(device);
  }
  await messages.tell({ ...hub, change: { $case: 'hubDeleted', value: {} } });
  const { db } = messages.process.database;
  await eventually(async () => {
    const kept = db.selectFrom('hubs').select('hub_generation');
    return (await kept.where('hub_generation', '=', hub.hubGeneration).execute()).length === 0;
  });

  expect(await messages.count(hub, devices)).toEqual([0, 0]);
  await expect(messages.send(devices[0]!)).rejects.toMatchObject({ code: 'IotHubNotFound' });
});

test('of an identity that is deleted nothing is left, and nothing more is taken', async () => {
  const hub = messages.newHub();
  const device = messages.newDevice(hub);
  const module = messages.newDevice(hub, 'd1', 'm1');
  await Promise.all([device, module].map((each) => messages.send(each)));
  const { deviceId, generationId } = device;
  const moduleGenerationIds = [module.generationId];
  const value = { deviceId, moduleId: undefined, generationId, moduleGenerationIds };
  await messages.tell({ ...hub, change: { $case: 'identityDeleted', value } });
  await eventually(async () => {
    const counts = await messages.count(hub, [device, module]);
    return counts.every((count) => count === 0);
  });

  // As who looked for it before it was deleted.
  await expect(messages.send(device)).rejects.toMatchObject({ code: 'DeviceNotFound' });
  await expect(messages.send(module)).rejects.toMatchObject({ code: 'ModuleNotFound' });
  await messages.send(messages.newDevice(hub));
});

test('a removal and whoever ends messages of several queues do not wait for each other', async () => {
  const hub = messages.newHub();
  const device = messages.newDevice(hub);
  const module = messages.newDevice(hub, 'd1', 'm1');
  await messages.send(module, { text: 'a' });
  await messages.send(device, { text: 'b' });
  const { deviceId, generationId } = device;
  const moduleGenerationIds = [module.generationId];
  const value = { deviceId, moduleId: undefined, generationId, moduleGenerationIds };
  await messages.process.database.db.transaction().execute(async (transaction) => {
    const hold = (text: string) =>
      sql`
        select from messages join queues using (queue_id)
        where hub_generation = ${hub.hubGeneration} and message_id = ${text}
        for update of messages`.execute(transaction);
    await hold('a');
    await messages.tell({ ...hub, change: { $case: 'identityDeleted', value } });
    await eventually(() => removalWaits('insert into deleted_identities'));
    await hold('b');
  });

  await eventually(async () => {
    const counts = await messages.count(hub, [device, module]);
    return counts.every((count) => count === 0);
  });
});

async function removalWaits(words: string): Promise<boolean> {
  const { db, schema } = messages.process.database;
  const { rows } = await sql`
    select 1 from pg_stat_activity
    where wait_event_type = 'Lock' and application_name = ${`linchpin-${schema}`}
      and query like ${`%${words}%`}`.execute(db);
  return rows.length > 0;
}

test('what was being sent to an identity when it was deleted goes with it', async () => {
  const device = messages.newDevice();
  const other = messages.newDevice(device, 'd2');
  await Promise.all([device, other].map((each) => messages.send(each)));
  await noteDeleted([device]);
  await untilForgotten(device);

  expect(await messages.count(device, [device, other])).toEqual([0, 1]);
});

test('feedback of what was being settled when its identity was deleted goes with it', async () => {
  const device = messages.newDevice();
  const other = messages.newDevice(device, 'd2');
  for (const each of [device, other]) {
    await messages.send(each);
    await messages.settle(each, await messages.lock(each), SettlementOutcome.COMPLETE);
  }
  await noteDeleted([device]);
  await untilForgotten(device);
  await messages.ageFeedback(device, 16);
  const batch = await messages.receiveFeedback(device);

  expect(batch?.records.map(({ deviceId }) => deviceId)).toEqual(['d2']);
});

async function untilForgotten({ generationId }: Recipient): Promise<void> {
  const { db } = messages.process.database;
  const noted = db.selectFrom('deleted_identities').select('device_id');
  await eventually(
    async () => (await noted.where('generation_id', '=', generationId).execute()).length === 0,
  );
}

test('what was sent late is removed in the order in which others hold it', async () => {
  const hub = messages.newHub();
  const [one, two] = [messages.newDevice(hub, 'd1'), messages.newDevice(hub, 'd2')];
  await messages.send(one, { text: 'a' });
  await messages.send(two, { text: 'b' });
  await messages.send(one, { text: 'c' });
  await messages.process.database.db.transaction().execute(async (transaction) => {
    const hold = (text: string, how: string) =>
      sql`
        select from messages join queues using (queue_id)
        where hub_generation = ${hub.hubGeneration} and message_id = ${text}
        for update of messages ${sql.raw(how)}`.execute(transaction);
    await hold('b', '');
    await noteDeleted([one, two]);
    await eventually(() => removalWaits('late as'));
    await hold('c', 'nowait');
  });

  await eventually(async () => {
    const counts = await messages.count(hub, [one, two]);
    return counts.every((count) => count === 0);
  });
});

/** So long ago that all has come that was being sent to them. */
async function noteDeleted(devices: readonly Recipient[]): Promise<void> {
  const deletedTime = new Date(Date.now() - 121_000);
  const rows = devices.map(({ hubGeneration, deviceId, generationId }) => ({
    hub_generation: hubGeneration,
    device_id: deviceId,
    generation_id: generationId,
    deleted_time: deletedTime,
  }));
  await messages.process.database.db.insertInto('deleted_identities').values(rows).execute();
}

test('what a hub chooses anew holds for feedback that waits', async () => {
  const hub = messages.newHub();
  const device = messages.newDevice(hub);
  await messages.send(device);
  await messages.settle(device, await messages.lock(device), SettlementOutcome.COMPLETE);
  await messages.ageFeedback(hub, 16);
  const cloudToDevice = { ...settings, feedbackMaxDeliveryCount: 1 };
  const limits = { sku: 'S1', units: 1, unlimited: false };
  const value = { revokedCredentialIds: [], limits, ipFilterRules: [], cloudToDevice };
  await messages.tell({ ...hub, change: { $case: 'hubUpdated', value } });
  const { db } = messages.process.database;
  await eventually(async () => {
    const kept = db.selectFrom('hubs').select('feedback_max_delivery_count');
    const row = await kept.where('hub_generation', '=', hub.hubGeneration).executeTakeFirst();
    return row?.feedback_max_delivery_count === 1;
  });
  const batch = await messages.receiveFeedback(hub);
  await messages.settleFeedback(hub, batch!.lockToken, FeedbackOutcome.ABANDON);

  expect(await messages.receiveFeedback(hub)).toBeUndefined();
});
