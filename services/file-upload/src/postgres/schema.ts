/** The tables as the migrations make them; an integration test compares the two. */
import type { JobStatus, JobWork } from '@linchpin/wire';
import type { ColumnType, Generated } from 'kysely';
import type { ImportCheckpoint, JobCreator } from '../domain/identity-job.js';

export interface FileUploadTables {
  jobs: JobsTable;
  uploads: UploadsTable;
  file_notifications: FileNotificationsTable;
}

/** Written as text: the driver would take an array for one of PostgreSQL's. */
type JsonColumn<Value> = ColumnType<Value | null, string | null, string | null>;

export interface JobsTable {
  id: string;
  hub: string;
  hub_generation: string;
  kind: JobWork['kind'];
  /** `reserved`: in the making, and no job yet. */
  status: JobStatus | 'reserved';
  progress: number;
  input_container: string | null;
  input_blob_name: string | null;
  output_container: string;
  output_blob_name: string | null;
  exclude_keys: boolean;
  sealed_containers: Buffer | null;
  creator_kind: JobCreator['kind'];
  creator_name: string;
  client_address: string | null;
  request_id: string | null;
  created_time: Date;
  begun_time: Date | null;
  ended_time: Date | null;
  failure_reason: string | null;
  holder: string | null;
  held_until: Date | null;
  attempts: number;
  checkpoint: JsonColumn<ImportCheckpoint>;
}

export interface UploadsTable {
  correlation_id: string;
  hub: string;
  hub_generation: string;
  device_id: string;
  generation_id: string;
  blob_name: string;
  blob_uri: string;
  started_time: Generated<Date>;
  grant_expiry_time: Date;
  ended_time: Date | null;
  outcome: 'succeeded' | 'failed' | 'expired' | null;
}

export interface FileNotificationsTable {
  /** A bigint, which comes as text. */
  sequence_number: Generated<string>;
  hub: string;
  hub_generation: string;
  device_id: string;
  blob_uri: string;
  blob_name: string;
  blob_size_bytes: ColumnType<string, number, never>;
  last_updated_time: Date;
  enqueued_time: Generated<Date>;
  expiry_time: Date;
  lock_seconds: number;
  delivery_count: Generated<number>;
  max_delivery_count: number;
  lock_token: Buffer | null;
  locked_until: Date | null;
}
