import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { testEngines } from '@linchpin/testing';
import { sql } from 'kysely';
import { pino } from 'pino';
import { checkMigrated, migrate, openDatabase, type Database } from '../src/postgres/index.js';

const schema = `migrate_${randomUUID().replaceAll('-', '')}`;
let database: Database<object>;
let folder: string;

beforeAll(async () => {
  const { postgresUrl: url } = testEngines();
  const logger = pino({ level: 'silent' });
  database = openDatabase({ url, schema, connectionsMax: 2, logger });
  folder = await mkdtemp(join(tmpdir(), 'linchpin-migrate-'));
  await writeFile(join(folder, '0001_create_things.sql'), 'create table things (name text)');
});

afterAll(async () => {
  await sql`drop schema if exists ${sql.id(schema)} cascade`.execute(database.db);
  await database.close();
  await rm(folder, { recursive: true });
});

test('a schema is brought up to date', async () => {
  expect(await migrate(database.db, schema, folder)).toEqual(['0001_create_things.sql']);
  await checkMigrated(database.db, schema, folder);
});

test('nothing is looked for in other schemas, which may go at any moment', async () => {
  const other = `${schema}_other`;
  await sql.raw(`create schema ${other}; create table ${other}.things ()`).execute(database.db);
  const options = { withInternalKyselyTables: true };
  const found = await database.db.introspection.getTables(options);
  await sql.raw(`drop schema ${other} cascade`).execute(database.db);
  expect(found.map((table) => [table.schema, table.name])).toEqual(
    expect.arrayContaining([[schema, 'things']]),
  );
  expect(found.every((table) => table.schema === schema)).toBe(true);
});

test('what is up to date is left as it is, and what lacks a migration is named', async () => {
  await migrate(database.db, schema, folder);
  expect(await migrate(database.db, schema, folder)).toEqual([]);
  await writeFile(join(folder, '0002_create_others.sql'), 'create table others (name text)');
  await expect(checkMigrated(database.db, schema, folder)).rejects.toThrow(
    `The schema ${schema} lacks 0002_create_others.sql`,
  );
});
