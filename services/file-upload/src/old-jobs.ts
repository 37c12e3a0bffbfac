import { setTimeout as delay } from 'node:timers/promises';
import type { JobStore } from './domain/job-store.js';
import type { FileUploadEvents } from './events.js';

interface OldJobsParts {
  readonly store: JobStore;
  readonly events: FileUploadEvents;
}

/** security-limits.md: job history. */
const historyMs = 30 * 24 * 3_600_000;
const periodMs = 3_600_000;
/** So many in a transaction. */
const batchSize = 1_000;

/** Removes jobs that ended long ago, at the start and once an hour; any number of processes may. */
export class OldJobs {
  readonly #stopping = new AbortController();
  readonly #done: Promise<void>;

  private constructor(private readonly parts: OldJobsParts) {
    this.#done = this.#run();
  }

  static start(parts: OldJobsParts): OldJobs {
    return new OldJobs(parts);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#done;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const isDone = (await this.#remove()) < batchSize;
      if (isDone) {
        await delay(periodMs, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  async #remove(): Promise<number> {
    const { store, events } = this.parts;
    try {
      const removed = await store.removeEndedBefore(new Date(Date.now() - historyMs), batchSize);
      if (removed > 0) {
        events.oldJobsRemoved(removed);
      }
      return removed;
    } catch (error) {
      events.jobsUnreadable(error);
      return 0;
    }
  }
}
