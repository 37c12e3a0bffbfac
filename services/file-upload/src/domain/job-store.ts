/** Where jobs are kept; what belongs to another generation of a hub does not exist. */
import type { HubId } from '@linchpin/wire';
import type {
  ClaimedJob,
  IdentityJob,
  ImportCheckpoint,
  JobOutcome,
  NewJob,
} from './identity-job.js';

export interface JobStore {
  /**
   * Makes the job its hub's active one, which nobody runs before `enqueue`. It is no more when so much
   * time passes without that.
   *
   * @throws HubError JobQuotaExceeded while the hub has an active job
   */
  reserve(job: NewJob, reservationMs: number): Promise<void>;

  /**
   * Lets a reserved job be run, or cancelled.
   *
   * @throws HubError ServiceUnavailable when its time is over and another has its place
   */
  enqueue(owner: HubId, jobId: string): Promise<IdentityJob>;

  /** Makes nothing of a reserved job. */
  discard(jobId: string): Promise<void>;

  /** @throws HubError JobNotFound */
  get(owner: HubId, jobId: string): Promise<IdentityJob>;

  /** The newest first. */
  list(owner: HubId, limit: number): Promise<readonly IdentityJob[]>;

  /** Leaves a job as it is that has ended, or is reserved. @throws HubError JobNotFound */
  cancel(owner: HubId, jobId: string): Promise<IdentityJob>;

  /**
   * Takes a job that waits, or one whose holder has been silent: of the hub whose last turn ended the
   * longest ago, so that no hub has a second turn while another waits for its first.
   *
   * @returns undefined without one
   */
  claim(holder: string, leaseMs: number): Promise<ClaimedJob | undefined>;

  /** False when the job is no longer the holder's: cancelled, or taken over. */
  renew(held: HeldJob, leaseMs: number, progress: number): Promise<boolean>;

  /** False as `renew`. */
  saveCheckpoint(held: HeldJob, checkpoint: ImportCheckpoint): Promise<boolean>;

  /** Nothing happens when the job is no longer the holder's; so with `release`. */
  finish(held: HeldJob, outcome: JobOutcome): Promise<void>;

  /** Hands the job back, for another process to take at once. */
  release(held: HeldJob): Promise<void>;

  /** Reservations that came to nothing go along. @returns how many were removed: some at a time */
  removeEndedBefore(time: Date, limit: number): Promise<number>;
}

export interface HeldJob {
  readonly jobId: string;
  readonly holder: string;
}
