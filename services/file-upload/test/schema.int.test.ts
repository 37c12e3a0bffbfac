import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { migrate } from '@linchpin/platform/postgres';
import { columnsOf, type Columns } from '@linchpin/testing/postgres';
import { sql } from 'kysely';
import { migrationsFolder } from '../src/migrations-folder.js';
import type { FileUploadTables } from '../src/postgres/schema.js';
import { openTestDatabase, type TestDatabase } from './support/test-database.js';

/** A column that schema.ts lacks does not compile. */
const tables: Columns<FileUploadTables> = {
  jobs: {
    id: 'uuid',
    hub: 'text',
    hub_generation: 'text',
    kind: 'text',
    status: 'text',
    progress: 'smallint',
    input_container: 'text?',
    input_blob_name: 'text?',
    output_container: 'text',
    output_blob_name: 'text?',
    exclude_keys: 'boolean',
    sealed_containers: 'bytea?',
    creator_kind: 'text',
    creator_name: 'text',
    client_address: 'text?',
    request_id: 'text?',
    created_time: 'timestamp with time zone',
    begun_time: 'timestamp with time zone?',
    ended_time: 'timestamp with time zone?',
    failure_reason: 'text?',
    holder: 'uuid?',
    held_until: 'timestamp with time zone?',
    attempts: 'smallint',
    checkpoint: 'jsonb?',
  },
  uploads: {
    correlation_id: 'text',
    hub: 'text',
    hub_generation: 'text',
    device_id: 'text',
    generation_id: 'text',
    blob_name: 'text',
    blob_uri: 'text',
    started_time: 'timestamp with time zone',
    grant_expiry_time: 'timestamp with time zone',
    ended_time: 'timestamp with time zone?',
    outcome: 'text?',
  },
  file_notifications: {
    sequence_number: 'bigint',
    hub: 'text',
    hub_generation: 'text',
    device_id: 'text',
    blob_uri: 'text',
    blob_name: 'text',
    blob_size_bytes: 'bigint',
    last_updated_time: 'timestamp with time zone',
    enqueued_time: 'timestamp with time zone',
    expiry_time: 'timestamp with time zone',
    lock_seconds: 'integer',
    delivery_count: 'integer',
    max_delivery_count: 'integer',
    lock_token: 'bytea?',
    locked_until: 'timestamp with time zone?',
  },
};

let database: TestDatabase;
let oldest: string;

beforeAll(async () => {
  oldest = await mkdtemp(join(tmpdir(), 'linchpin-migrations-'));
  await cp(join(migrationsFolder, '0001_create_jobs.sql'), join(oldest, '0001_create_jobs.sql'));
  database = await openTestDatabase(oldest);
});

afterAll(async () => {
  await database.close();
  await rm(oldest, { recursive: true });
});

test('a job of the first version is there after all migrations, and the tables are as the code has them', async () => {
  const { db, schema } = database;
  await sql`insert into jobs (id, hub, hub_instance, kind, status, progress, output_container,
      output_blob_name, exclude_keys, created_time, ended_time, attempts)
    values ('6f2c4b86-0d5c-4a5e-9f43-0a4a3e4c1d11', 'hub-a', '17', 'export', 'completed', 100,
      'https://store/c', 'devices.txt', false, now(), now(), 1)`.execute(db);

  await migrate(db, schema, migrationsFolder);

  expect(await columnsOf(database)).toEqual(tables);
  expect(await db.selectFrom('jobs').selectAll().execute()).toMatchObject([
    { hub: 'hub-a', hub_generation: '17', creator_name: 'another service' },
  ]);
});
