/** Import and export jobs as this service keeps them (service-rest.md section 5). */
import type { HubId, JobStatus, JobWork } from '@linchpin/wire';

/** Who asked for a job. All that it does is done on their behalf, and told so to the registry. */
export interface JobCreator {
  readonly kind: 'policy' | 'principal' | 'administrator' | 'device' | 'process';
  readonly name: string;
  readonly clientAddress: string | undefined;
  readonly requestId: string | undefined;
}

/** What a job is made of. */
export interface NewJob {
  readonly jobId: string;
  readonly owner: HubId;
  readonly creator: JobCreator;
  /** With signatures. */
  readonly work: JobWork;
}

export interface IdentityJob extends HubId {
  readonly jobId: string;
  /** Without signatures. */
  readonly work: JobWork;
  readonly status: JobStatus;
  /** Whether it is in the making: neither run nor cancelled yet. */
  readonly isReserved: boolean;
  /** 0 to 100. */
  readonly progress: number;
  readonly startTime: Date;
  readonly endTime: Date | undefined;
  readonly failureReason: string | undefined;
}

/** A job that a process has taken to run. */
export interface ClaimedJob extends HubId {
  readonly jobId: string;
  readonly creator: JobCreator;
  /** With signatures. */
  readonly work: JobWork;
  readonly progress: number;
  /** So long ago some process took it for the first time. */
  readonly begunMsAgo: number;
  /** 1 unless processes died in it. */
  readonly attempt: number;
  readonly checkpoint: ImportCheckpoint | undefined;
}

/** What is done of an import, and need not be done again. */
export interface ImportCheckpoint {
  /** Bytes of the input blob. */
  readonly offset: number;
  readonly lines: number;
  /** Blocks of the error log that the store holds, uncommitted: how many of each attempt. */
  readonly errorBlocks: readonly number[];
}

/** How a job ends. */
export type JobOutcome =
  { readonly status: 'completed' } | { readonly status: 'failed'; readonly failureReason: string };
