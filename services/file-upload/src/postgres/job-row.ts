/** Jobs between their rows and the domain. */
import { strict as assert } from 'node:assert';
import type { KeyCipher } from '@linchpin/platform/sealing';
import type { JobWork } from '@linchpin/wire';
import type { Insertable, Selectable } from 'kysely';
import type { ClaimedJob, IdentityJob, JobCreator, NewJob } from '../domain/identity-job.js';
import type { JobsTable } from './schema.js';

export const jobColumns = [
  'id',
  'hub',
  'hub_generation',
  'kind',
  'status',
  'progress',
  'input_container',
  'input_blob_name',
  'output_container',
  'output_blob_name',
  'exclude_keys',
  'created_time',
  'ended_time',
  'failure_reason',
] as const satisfies readonly (keyof JobsTable)[];

type JobRow = Pick<Selectable<JobsTable>, (typeof jobColumns)[number]>;

export function toJob(row: JobRow): IdentityJob {
  return {
    jobId: row.id,
    hub: row.hub,
    hubGeneration: row.hub_generation,
    work: toWork(row, { input: row.input_container, output: row.output_container }),
    status: row.status === 'reserved' ? 'enqueued' : row.status,
    isReserved: row.status === 'reserved',
    progress: row.progress,
    startTime: row.created_time,
    endTime: row.ended_time ?? undefined,
    failureReason: row.failure_reason ?? undefined,
  };
}

export const claimedColumns = [
  ...jobColumns,
  'creator_kind',
  'creator_name',
  'client_address',
  'request_id',
  'sealed_containers',
  'attempts',
  'checkpoint',
] as const satisfies readonly (keyof JobsTable)[];

export type ClaimedRow = Pick<Selectable<JobsTable>, (typeof claimedColumns)[number]> & {
  /** By the clock of the database. */
  readonly begun_ms_ago: number;
};

/** @throws SealedKeyError */
export function toClaimedJob(row: ClaimedRow, cipher: KeyCipher): ClaimedJob {
  assert(row.sealed_containers !== null, 'an active job has its containers');
  const text = cipher.open(row.sealed_containers, placeOf(row.id));
  return {
    jobId: row.id,
    hub: row.hub,
    hubGeneration: row.hub_generation,
    creator: toCreator(row),
    work: toWork(row, JSON.parse(text) as Containers),
    progress: row.progress,
    begunMsAgo: row.begun_ms_ago,
    attempt: row.attempts,
    checkpoint: row.checkpoint ?? undefined,
  };
}

/** @param nameOf a container's URI without its signature */
export function toNewRow(
  { jobId, owner, creator, work }: NewJob,
  cipher: KeyCipher,
  nameOf: (uri: string) => string,
): Pick<Insertable<JobsTable>, NewColumn> {
  const isImport = work.kind === 'import';
  const containers: Containers = {
    input: isImport ? work.inputContainerUri : null,
    output: work.outputContainerUri,
  };
  return {
    id: jobId,
    hub: owner.hub,
    hub_generation: owner.hubGeneration,
    creator_kind: creator.kind,
    creator_name: creator.name,
    client_address: creator.clientAddress ?? null,
    request_id: creator.requestId ?? null,
    kind: work.kind,
    input_container: isImport ? nameOf(work.inputContainerUri) : null,
    input_blob_name: isImport ? work.inputBlobName : null,
    output_container: nameOf(work.outputContainerUri),
    output_blob_name: isImport ? null : work.outputBlobName,
    exclude_keys: !isImport && work.excludeKeys,
    sealed_containers: cipher.seal(JSON.stringify(containers), placeOf(jobId)),
  };
}

type NewColumn = Exclude<
  (typeof claimedColumns)[number],
  'status' | 'progress' | 'attempts' | 'checkpoint' | `${string}_time` | 'failure_reason'
>;

function toCreator(row: ClaimedRow): JobCreator {
  return {
    kind: row.creator_kind,
    name: row.creator_name,
    clientAddress: row.client_address ?? undefined,
    requestId: row.request_id ?? undefined,
  };
}

interface Containers {
  readonly input: string | null;
  readonly output: string;
}

/** Authenticated with what is sealed: it opens in its own row only. */
function placeOf(jobId: string): string {
  return `job/${jobId}/containers`;
}

function toWork(row: JobRow, { input, output }: Containers): JobWork {
  if (row.kind === 'export') {
    return {
      kind: 'export',
      outputContainerUri: output,
      outputBlobName: row.output_blob_name ?? '',
      excludeKeys: row.exclude_keys,
    };
  }
  return {
    kind: 'import',
    inputContainerUri: input ?? '',
    inputBlobName: row.input_blob_name ?? '',
    outputContainerUri: output,
  };
}
