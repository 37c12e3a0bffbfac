/** Calls of one connection that two processes carry out, not in the order in which they were made. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { SettlementOutcome, type Recipient } from '@linchpin/contracts';
import { eventually } from '@linchpin/testing';
import { sql } from 'kysely';
import { MessagesUnderTest, textsOf } from './support/messages-under-test.js';

const { COMPLETE, ABANDON } = SettlementOutcome;

let messages: MessagesUnderTest;

beforeAll(async () => {
  messages = await MessagesUnderTest.start();
});

afterAll(() => messages.stop());

/** What nobody was told of. */
const unheard = { heldLockTokens: [] };
const noConnection = { connection: undefined };

async function newDeviceWith(...texts: readonly string[]): Promise<Recipient> {
  const device = messages.newDevice();
  for (const text of texts) {
    await messages.send(device, { text });
  }
  return device;
}

/** Somebody has the rows of what was sent. */
function holdingRows<Result>(
  devices: readonly Recipient[],
  text: string,
  work: () => Promise<Result>,
): Promise<Result> {
  const generations = devices.map(({ hubGeneration }) => hubGeneration);
  return messages.process.database.db.transaction().execute(async (transaction) => {
    await sql`
      select from messages join queues using (queue_id)
      where hub_generation = any(${generations}::bigint[]) and message_id = ${text}
      for update of messages`.execute(transaction);
    return work();
  });
}

test('a late lock takes nothing that a later call gave back', async () => {
  const device = await newDeviceWith('a', 'b');
  const late = { connection: { callNumber: messages.nextCall(), ...unheard } };
  const [a] = await messages.lock(device);
  await messages.settle(device, [a!], ABANDON);
  expect(await messages.lock(device, late)).toEqual([]);
  await messages.release(device, '0001', []);
  expect(await messages.lock(device, late)).toEqual([]);

  expect(textsOf(await messages.lock(device, noConnection))).toEqual(['a', 'b']);
});

test('what a late lock took the next one takes over, in its order', async () => {
  const device = messages.newDevice();
  const callNumber = messages.nextCall();
  expect(await messages.lock(device)).toEqual([]);
  await messages.send(device, { text: 'a' });
  const unknown = await messages.lock(device, { connection: { callNumber } });
  expect(textsOf(unknown)).toEqual(['a']);
  await messages.send(device, { text: 'b' });
  const locked = await messages.lock(device, { connection: unheard });

  expect(textsOf(locked)).toEqual(['a', 'b']);
  expect(await messages.settle(device, unknown, COMPLETE)).toEqual([false]);
  expect(await messages.settle(device, locked, COMPLETE)).toEqual([true, true]);
});

test('what a lock took behind the end of its connection the next connection takes over', async () => {
  const device = messages.newDevice();
  const callNumber = messages.nextCall();
  await messages.release(device, '0001', []);
  await messages.send(device, { text: 'a' });
  await messages.lock(device, { connection: { callNumber } });
  const locked = await messages.lock(device, { connection: { sequence: '0002', ...unheard } });

  expect(textsOf(locked)).toEqual(['a']);
});

test('nobody is given what he says that he has', async () => {
  const device = await newDeviceWith('a', 'b');
  const [, b] = await messages.lock(device);
  await messages.ageMessages(device, 61);
  const connection = { heldLockTokens: [b!.lockToken] };

  expect(textsOf(await messages.lock(device, { connection }))).toEqual(['a']);
  expect(await messages.settle(device, [b!], COMPLETE)).toEqual([true]);
});

test('a late release takes back nothing that was given later', async () => {
  const device = await newDeviceWith('a');
  const callNumber = messages.nextCall();
  const locked = await messages.lock(device);
  await messages.release(device, '0001', locked, { callNumber });

  expect(await messages.lock(device, noConnection)).toEqual([]);
  expect(await messages.settle(device, locked, COMPLETE)).toEqual([true]);
});

test('a release that is made again counts once', async () => {
  const device = await newDeviceWith('a');
  const locked = await messages.lock(device);
  const callNumber = messages.nextCall();
  await messages.release(device, '0001', locked, { callNumber });
  await messages.release(device, '0001', locked, { callNumber });

  expect(await messages.lock(device)).toMatchObject([{ deliveryCount: 1 }]);
});

test('of what a connection had only what it was sent was delivered', async () => {
  const device = await newDeviceWith('a', 'b');
  const [a] = await messages.lock(device, { limit: 1 });
  await messages.lock(device);
  await messages.release(device, '0001', [a!]);

  expect(await messages.lock(device)).toMatchObject([{ deliveryCount: 1 }, { deliveryCount: 0 }]);
});

test('calls of a gateway that does not number them are carried out', async () => {
  const device = await newDeviceWith('a', 'b');
  const unnumbered = { callNumber: 0n };
  const locked = await messages.lock(device, { connection: unnumbered });
  expect(textsOf(locked)).toEqual(['a', 'b']);
  await messages.settle(device, locked, ABANDON);
  expect(textsOf(await messages.lock(device, { connection: unnumbered }))).toEqual(['a', 'b']);
  await messages.release(device, '0001', [], unnumbered);

  expect(textsOf(await messages.lock(device, { connection: unnumbered }))).toEqual(['a', 'b']);
});

test('what was locked without a number is released, and taken over, by a call that has one', async () => {
  const device = await newDeviceWith('a');
  await messages.lock(device);
  await forgetNumbers(device);
  await messages.release(device, '0001', []);
  expect(textsOf(await messages.lock(device))).toEqual(['a']);
  await forgetNumbers(device);

  expect(textsOf(await messages.lock(device, { connection: unheard }))).toEqual(['a']);
});

/** As a process of the version before has locked them. */
async function forgetNumbers({ hubGeneration }: Recipient): Promise<void> {
  await sql`
    update messages set call_number = null
    from queues
    where messages.queue_id = queues.queue_id and hub_generation = ${hubGeneration}`.execute(
    messages.process.database.db,
  );
}

test('what somebody has at this moment is not overtaken, and may wait', async () => {
  const device = await newDeviceWith('a', 'b', 'c');
  await holdingRows([device], 'b', async () => {
    const first = await messages.lockAnswer(device);
    expect(textsOf(first.messages)).toEqual(['a']);
    expect(first.moreWait).toBe(true);
    expect(await messages.lockAnswer(device)).toEqual({ messages: [], moreWait: true });
    expect(textsOf(await messages.lock(device, noConnection))).toEqual(['c']);
  });

  const last = await messages.lockAnswer(device);
  expect(textsOf(last.messages)).toEqual(['b']);
  expect(last.moreWait).toBe(false);
});

test('a lock that a process carries out late keeps nothing from its connection', async () => {
  const device = await newDeviceWith('a');
  const others = [await newDeviceWith('other'), await newDeviceWith('other')] as const;
  await Promise.all(others.map((other) => messages.lock(other)));
  const frozen = await messages.startBeside();
  const callNumber = messages.nextCall();
  const calls = await holdingRows(others, 'other', async () => {
    // Releases wait for rows, and two of them leave no room for what is asked behind them.
    const first = frozen.release(others[0], '0001', [], { callNumber });
    await releasesWait(1);
    const second = frozen.release(others[1], '0001', [], { callNumber });
    await releasesWait(2);
    const late = frozen.lock(device, { connection: { callNumber } });
    await frozen.count(device, [device]);
    expect(textsOf(await messages.lock(device))).toEqual(['a']);
    await messages.send(device, { text: 'b' });
    return { late, released: [first, second] };
  });
  await Promise.all(calls.released);
  expect(textsOf(await calls.late)).toEqual(['b']);
  await messages.send(device, { text: 'c' });

  expect(textsOf(await messages.lock(device))).toEqual(['b', 'c']);
});

async function releasesWait(count: number): Promise<void> {
  const { db, schema } = messages.process.database;
  await eventually(async () => {
    const waiting = await sql`
      select 1 from pg_stat_activity
      where wait_event_type = 'Lock' and application_name = ${`linchpin-${schema}`}
        and query like '%''Release'' end%'`.execute(db);
    return waiting.rows.length === count;
  });
}
