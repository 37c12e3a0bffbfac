import { RepeatedWork } from '@linchpin/platform/lifecycle';
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

/** Removes, each hour, jobs that ended long ago; any number of processes may. */
export function startRemovingOldJobs(parts: OldJobsParts): RepeatedWork {
  return RepeatedWork.start((signal) => removeOld(parts, signal), periodMs);
}

async function removeOld({ store, events }: OldJobsParts, signal: AbortSignal): Promise<void> {
  const before = new Date(Date.now() - historyMs);
  try {
    let removed = batchSize;
    while (removed === batchSize && !signal.aborted) {
      removed = await store.removeEndedBefore(before, batchSize);
      if (removed > 0) {
        events.oldJobsRemoved(removed);
      }
    }
  } catch (error) {
    events.oldJobsUnremoved(error);
  }
}
