/** The tables as the migrations make them; an integration test compares the two. */
import type { Acknowledgement, FeedbackStatus } from '@linchpin/wire';
import type { ColumnType, Generated } from 'kysely';

export interface CloudToDeviceTables {
  hubs: HubsTable;
  queues: QueuesTable;
  messages: MessagesTable;
  feedback_batches: FeedbackBatchesTable;
  feedback_records: FeedbackRecordsTable;
  deleted_hubs: DeletedHubsTable;
  deleted_identities: DeletedIdentitiesTable;
}

/** `bigint` arrives as text: a number could not hold all of it. */
type BigInteger = ColumnType<string, string, string>;
type NullableBigInteger = ColumnType<string | null, string | null, string | null>;
type GeneratedBigInteger = ColumnType<string, never, never>;

interface HubsTable {
  hub_generation: BigInteger;
  feedback_ttl_seconds: number;
  feedback_lock_seconds: number;
  feedback_max_delivery_count: number;
  purge_on_new_subscription: boolean;
}

interface QueuesTable {
  queue_id: GeneratedBigInteger;
  hub_generation: BigInteger;
  hub: string;
  device_id: string;
  /** Empty for a device. */
  module_id: string;
  generation_id: BigInteger;
}

interface MessagesTable {
  sequence_number: GeneratedBigInteger;
  queue_id: BigInteger;
  message_id: string;
  ack: Acknowledgement;
  enqueued_time: Generated<Date>;
  expiry_time: Date;
  delivery_count: Generated<number>;
  max_delivery_count: number;
  lock_token: string | null;
  locked_until: Date | null;
  connection_sequence: string | null;
  call_number: NullableBigInteger;
  content: Buffer;
}

interface FeedbackBatchesTable {
  batch_id: GeneratedBigInteger;
  hub_generation: BigInteger;
  enqueued_time: Generated<Date>;
  expiry_time: Date;
  delivery_count: Generated<number>;
  lock_token: string | null;
  locked_until: Date | null;
}

interface FeedbackRecordsTable {
  record_id: GeneratedBigInteger;
  hub_generation: BigInteger;
  device_id: string;
  module_id: string;
  generation_id: BigInteger;
  message_id: string;
  status: FeedbackStatus;
  ended_time: Generated<Date>;
  expiry_time: Date;
  batch_id: string | null;
}

interface DeletedHubsTable {
  hub_generation: BigInteger;
  deleted_time: Date;
}

interface DeletedIdentitiesTable {
  hub_generation: BigInteger;
  device_id: string;
  generation_id: BigInteger;
  deleted_time: Generated<Date>;
}
