import type { ImportCheckpoint } from './identity-job.js';

/** What a running job tells of itself, and how it hears that it must end. */
export interface JobControl {
  /** Aborted when the job is cancelled, taken over, handed back or overdue; nothing is written after that. */
  readonly signal: AbortSignal;
  /** @param share 0 to 1 */
  setProgress(share: number): void;
  saveCheckpoint(checkpoint: ImportCheckpoint): Promise<void>;
}

/** Does work at the registry when it is the job's turn, and not at all when the job must end before. */
export type InTurn = <Result>(work: () => Promise<Result>) => Promise<Result>;
