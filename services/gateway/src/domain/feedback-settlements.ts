import { HubError, type HubId } from '@linchpin/wire';
import type { Feedback } from './feedback.js';
import { RetryPauses } from './retry-pauses.js';

/** What became of a settlement: it counts, or may; it came after its lock; or it was given up, and nobody knows. */
export type FeedbackSettled = 'counts' | 'lock-lost' | 'given-up';

interface FeedbackSettlementsOptions {
  readonly feedback: Pick<Feedback, 'settle'>;
  readonly hub: HubId;
  readonly onFailed: (error: unknown) => void;
  readonly onAnswered: () => void;
}

/**
 * What the client of one link says of its batches. Each call is made again until it is answered, or the link has
 * ended. A lock that a repeated call does not find may be what the first one ended, and counts, as that of a message
 * does (`MessageSettlements`).
 */
export class FeedbackSettlements {
  /** Of the calls that are under way. */
  readonly #pauses = new Set<RetryPauses>();
  #isOver = false;

  constructor(private readonly options: FeedbackSettlementsOptions) {}

  async settle(lockToken: Buffer, outcome: 'complete' | 'abandon'): Promise<FeedbackSettled> {
    const pauses = new RetryPauses();
    this.#pauses.add(pauses);
    const settled = await this.#settle(lockToken, outcome, pauses);
    this.#pauses.delete(pauses);
    return settled;
  }

  /** From now on what fails is given up at once. */
  end(): void {
    this.#isOver = true;
    for (const pauses of this.#pauses) {
      pauses.end();
    }
  }

  async #settle(
    lockToken: Buffer,
    outcome: 'complete' | 'abandon',
    pauses: RetryPauses,
  ): Promise<FeedbackSettled> {
    const { feedback, hub, onFailed, onAnswered } = this.options;
    for (let isRepeated = false; ; isRepeated = true) {
      try {
        await feedback.settle(hub, lockToken, outcome);
        onAnswered();
        return 'counts';
      } catch (error) {
        if (isLockLost(error)) {
          onAnswered();
          return isRepeated ? 'counts' : 'lock-lost';
        }
        onFailed(error);
        if (this.#isOver) {
          return 'given-up';
        }
        await pauses.next();
      }
    }
  }
}

function isLockLost(error: unknown): boolean {
  return error instanceof HubError && error.code === 'DeviceMessageLockLost';
}
