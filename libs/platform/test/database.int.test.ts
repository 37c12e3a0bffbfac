import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { CuttableProxy, eventually, testEngines } from '@linchpin/testing';
import { sql } from 'kysely';
import { pino } from 'pino';
import { answering, openDatabase, type Database } from '../src/postgres/index.js';

const statementTimeoutMs = 500;
const transactionIdleMsMax = 100;
let proxy: CuttableProxy;
let database: Database<object>;
let other: Database<object>;

beforeAll(async () => {
  const before = await CuttableProxy.before(testEngines().postgresUrl);
  ({ proxy } = before);
  const options = { ...directly(), url: before.url };
  database = openDatabase({ ...options, statementTimeoutMs, transactionIdleMsMax });
  other = openDatabase(directly());
});

afterAll(async () => {
  await database.close();
  await other.close();
  await proxy.cut();
});

function directly(): Parameters<typeof openDatabase>[0] {
  const logger = pino({ level: 'silent' });
  return { url: testEngines().postgresUrl, schema: 'public', connectionsMax: 1, logger };
}

interface Session {
  readonly pid: number;
}

async function isOver({ pid }: Session): Promise<boolean> {
  const { rows } = await sql`select from pg_stat_activity where pid = ${pid}`.execute(other.db);
  return rows.length === 0;
}

test('the server ends a statement that takes too long', async () => {
  await expect(answering(sql`select pg_sleep(10)`.execute(database.db))).rejects.toMatchObject({
    code: 'ServiceUnavailable',
    cause: { code: '57014' },
  });
});

test('the server ends a session that does nothing in a transaction', async () => {
  const transaction = database.db.transaction().execute(async (queries) => {
    const { rows } = await sql<Session>`select pg_backend_pid() as pid`.execute(queries);
    await eventually(() => isOver(rows[0]!));
    await sql`select 2`.execute(queries);
  });
  await expect(answering(transaction)).rejects.toMatchObject({ code: 'ServiceUnavailable' });
  await database.ping();
});

test('what is closed has no session any more, also when only its pool was asked', async () => {
  const asked = openDatabase(directly());
  const { rows } = await asked.pool.query<Session>('select pg_backend_pid() as pid');
  await asked.close();

  // A pool that stays open ends idle sessions after 10 s.
  await eventually(() => isOver(rows[0]!), 5_000);
});

test('a server that is lost without a word is given up, and the next query finds another', async () => {
  await database.ping();
  proxy.lose();
  const lost = answering(database.ping());
  const behind = database.ping();
  await expect(lost).rejects.toMatchObject({
    code: 'ServiceUnavailable',
    cause: { message: expect.stringContaining('silent') },
  });
  await behind;
});

test('so is one that is lost in the middle of a transaction', async () => {
  const transaction = database.db.transaction().execute(async (queries) => {
    await sql`select 1`.execute(queries);
    proxy.lose();
    await sql`select 2`.execute(queries);
  });
  await expect(answering(transaction)).rejects.toMatchObject({ code: 'ServiceUnavailable' });
  await database.ping();
});
