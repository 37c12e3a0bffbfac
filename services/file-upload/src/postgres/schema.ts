/** The table as the migrations make it; an integration test compares the two. */
import type { JobStatus, JobWork } from '@linchpin/wire';
import type { ColumnType } from 'kysely';
import type { ImportCheckpoint, JobCreator } from '../domain/identity-job.js';

export interface FileUploadTables {
  jobs: JobsTable;
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
