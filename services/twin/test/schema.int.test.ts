import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { columnsOf, type Columns } from '@linchpin/testing/postgres';
import type { TwinTables } from '../src/postgres/schema.js';
import { openTestDatabase, type TestDatabase } from './support/test-database.js';

/** A column that schema.ts lacks does not compile. */
const tables: Columns<TwinTables> = {
  identities: {
    twin_id: 'bigint',
    hub_generation: 'bigint',
    hub: 'text',
    device_id: 'text',
    module_id: 'text',
    generation_id: 'bigint',
    etag: 'text',
    status: 'text',
    status_reason: 'text?',
    status_updated_time: 'timestamp with time zone?',
    authentication_type: 'text',
    primary_thumbprint: 'text?',
    secondary_thumbprint: 'text?',
    iot_edge: 'boolean',
    device_scope: 'text?',
    parent_scopes: 'ARRAY',
    connection_state: 'text',
    connection_sequence: 'text?',
    last_activity_time: 'timestamp with time zone?',
    cloud_to_device_message_count: 'integer',
    model_id: 'text',
  },
  twins: {
    twin_id: 'bigint',
    hub_generation: 'bigint',
    version: 'bigint',
    etag_counter: 'bigint',
    tags: 'jsonb',
    desired: 'jsonb',
    desired_metadata: 'jsonb',
    desired_version: 'bigint',
  },
  reported_properties: {
    twin_id: 'bigint',
    hub_generation: 'bigint',
    reported: 'jsonb',
    reported_metadata: 'jsonb',
    reported_version: 'bigint',
  },
  outbox: { id: 'bigint', topic: 'text', key: 'bytea', value: 'bytea', headers: 'jsonb' },
  desired_changes: {
    id: 'bigint',
    twin_id: 'bigint',
    version: 'bigint',
    json: 'text',
    committed_at: 'timestamp with time zone',
  },
  copied_hubs: { hub_generation: 'bigint' },
  deleted_hubs: { hub_generation: 'bigint', deleted_time: 'timestamp with time zone' },
};

let database: TestDatabase;

beforeAll(async () => {
  database = await openTestDatabase();
});

afterAll(() => database.close());

test('the tables are as the code has them', async () => {
  expect(await columnsOf(database)).toEqual(tables);
});
