import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { columnsOf, type Columns, type TestDatabase } from '@linchpin/testing/postgres';
import type { CloudToDeviceTables } from '../src/postgres/schema.js';
import { openCloudToDeviceDatabase } from './support/test-process.js';

/** A column that schema.ts lacks does not compile. */
const tables: Columns<CloudToDeviceTables> = {
  hubs: {
    hub_generation: 'bigint',
    feedback_ttl_seconds: 'integer',
    feedback_lock_seconds: 'integer',
    feedback_max_delivery_count: 'integer',
    purge_on_new_subscription: 'boolean',
  },
  queues: {
    queue_id: 'bigint',
    hub_generation: 'bigint',
    hub: 'text',
    device_id: 'text',
    module_id: 'text',
    generation_id: 'bigint',
  },
  messages: {
    sequence_number: 'bigint',
    queue_id: 'bigint',
    message_id: 'text',
    ack: 'text',
    enqueued_time: 'timestamp with time zone',
    expiry_time: 'timestamp with time zone',
    delivery_count: 'integer',
    max_delivery_count: 'integer',
    lock_token: 'uuid?',
    locked_until: 'timestamp with time zone?',
    connection_sequence: 'text?',
    call_number: 'bigint?',
    content: 'bytea',
  },
  feedback_batches: {
    batch_id: 'bigint',
    hub_generation: 'bigint',
    enqueued_time: 'timestamp with time zone',
    expiry_time: 'timestamp with time zone',
    delivery_count: 'integer',
    lock_token: 'uuid?',
    locked_until: 'timestamp with time zone?',
  },
  feedback_records: {
    record_id: 'bigint',
    hub_generation: 'bigint',
    device_id: 'text',
    module_id: 'text',
    generation_id: 'bigint',
    message_id: 'text',
    status: 'text',
    ended_time: 'timestamp with time zone',
    expiry_time: 'timestamp with time zone',
    batch_id: 'bigint?',
  },
  deleted_hubs: { hub_generation: 'bigint', deleted_time: 'timestamp with time zone' },
  deleted_identities: {
    hub_generation: 'bigint',
    device_id: 'text',
    generation_id: 'bigint',
    deleted_time: 'timestamp with time zone',
  },
};

let database: TestDatabase<CloudToDeviceTables>;

beforeAll(async () => {
  database = await openCloudToDeviceDatabase();
});

afterAll(() => database.close());

test('the tables are as the code has them', async () => {
  expect(await columnsOf(database)).toEqual(tables);
});
