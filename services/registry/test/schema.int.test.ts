import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { columnsOf, type Columns } from '@linchpin/testing/postgres';
import type { RegistryTables } from '../src/postgres/schema.js';
import { openTestDatabase, type TestDatabase } from './support/postgres-stores.js';

/** What schema.ts says: a column that is missing here or there does not compile. */
const columns: Columns<RegistryTables> = {
  hubs: {
    id: 'bigint',
    name: 'text',
    subscription_id: 'text',
    resource_group: 'text',
    location: 'text',
    partition_count: 'smallint',
    retention_days: 'smallint',
    state: 'text',
    etag: 'bigint',
    tags: 'jsonb',
    sku: 'text',
    units: 'smallint',
    limits: 'text',
    disable_local_auth: 'boolean',
    disable_device_sas: 'boolean',
    disable_module_sas: 'boolean',
    ip_filter_rules: 'jsonb',
    min_tls_version: 'text?',
    kept_properties: 'bytea?',
    topic_outdated: 'boolean',
    cloud_to_device: 'jsonb?',
  },
  hub_host_names: { host_name: 'text', hub_id: 'bigint', position: 'smallint' },
  shared_access_policies: {
    hub_id: 'bigint',
    name: 'text',
    rights: 'smallint',
    primary_key: 'bytea',
    secondary_key: 'bytea',
  },
  consumer_groups: { hub_id: 'bigint', name: 'text' },
  identities: {
    hub_id: 'bigint',
    device_id: 'text',
    module_id: 'text',
    generation_id: 'bigint',
    etag: 'bigint',
    status: 'text',
    status_reason: 'text?',
    status_updated_time: 'timestamp with time zone?',
    authentication_type: 'text',
    primary_key: 'bytea?',
    secondary_key: 'bytea?',
    primary_thumbprint: 'text?',
    secondary_thumbprint: 'text?',
    iot_edge: 'boolean',
    device_scope: 'text?',
    parent_scopes: 'ARRAY',
    managed_by: 'text?',
    attributes_json: 'text?',
    connection_state: 'text',
    connection_sequence: 'text?',
    connection_state_updated_time: 'timestamp with time zone?',
    last_activity_time: 'timestamp with time zone?',
  },
  audit_log: {
    id: 'bigint',
    time: 'timestamp with time zone',
    hub: 'text',
    subscription_id: 'text',
    resource_group: 'text',
    operation: 'text',
    subject: 'jsonb',
    details: 'jsonb',
    actor_kind: 'text',
    actor_name: 'text',
    client_address: 'text?',
    request_id: 'text?',
    job_id: 'text?',
    trace_id: 'text?',
  },
  ca_certificates: {
    hub_id: 'bigint',
    name: 'text',
    certificate: 'bytea',
    is_verified: 'boolean',
    verification_code: 'text?',
    created_time: 'timestamp with time zone',
    updated_time: 'timestamp with time zone',
    etag: 'bigint',
  },
  outbox: { id: 'bigint', topic: 'text', key: 'bytea', value: 'bytea', headers: 'jsonb' },
};

let database: TestDatabase;

beforeAll(async () => {
  database = await openTestDatabase();
});

afterAll(() => database.close());

test('the tables are as the code has them', async () => {
  expect(await columnsOf(database)).toEqual(columns);
});
