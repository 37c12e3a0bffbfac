import type { ImportCheckpoint } from './identity-job.js';

/** What a running job tells of itself, and how it hears that it must end. */
export interface JobControl {
  /** Aborted when the job is cancelled, taken over, handed back or overdue; nothing is written after that. */
  readonly signal: AbortSignal;
  /** @param share 0 to 1 */
  setProgress(share: number): void;
  saveCheckpoint(checkpoint: ImportCheckpoint): Promise<void>;
}
