/** What a job asks of others while they are away for a moment: it asks again. */
import { setTimeout as delay } from 'node:timers/promises';
import { HubError, type HubErrorCode } from '@linchpin/wire';

export interface Patience {
  /** So long in all, each time. */
  readonly patienceMs: number;
  readonly firstWaitMs: number;
  /** In ms; only goes forward. */
  readonly clock: () => number;
}

const passing: readonly HubErrorCode[] = [
  'ServiceUnavailable',
  'ServerBusy',
  'GenericTimeout',
  'ThrottlingException',
];

const waitMaxMs = 5_000;

/** @throws what `work` throws at last, or the signal's reason */
export async function untilAnswered<Result>(
  work: () => Promise<Result>,
  { patienceMs, firstWaitMs, clock }: Patience,
  signal: AbortSignal,
): Promise<Result> {
  const end = clock() + patienceMs;
  let waitMs = firstWaitMs;
  for (;;) {
    signal.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      signal.throwIfAborted();
      if (!isPassing(error) || clock() + waitMs > end) {
        throw error;
      }
    }
    await delay(waitMs, undefined, { signal });
    waitMs = Math.min(2 * waitMs, waitMaxMs);
  }
}

function isPassing(error: unknown): boolean {
  return error instanceof HubError && passing.includes(error.code);
}
