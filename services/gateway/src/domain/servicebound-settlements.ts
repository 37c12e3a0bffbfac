import { HubError, type HubId } from '@linchpin/wire';
import { RetryPauses } from './retry-pauses.js';
import type {
  ServiceboundMessage,
  ServiceboundOutcome,
  ServiceboundQueue,
} from './servicebound-queue.js';

/** What became of a settlement: it counts, or may; it came after its lock; or it was given up, and nobody knows. */
export type ServiceboundSettled = 'counts' | 'lock-lost' | 'given-up';

interface ServiceboundSettlementsOptions {
  readonly queue: Pick<ServiceboundQueue<ServiceboundMessage>, 'settle'>;
  readonly hub: HubId;
  readonly onFailed: (error: unknown) => void;
  readonly onAnswered: () => void;
}

/**
 * What the client of one link says of what it received. Each call is made again until it is answered, or the link has
 * ended. A lock that a repeated call does not find may be what the first one ended, and counts, as that of a message
 * does (`MessageSettlements`).
 */
export class ServiceboundSettlements {
  /** Of the calls that are under way. */
  readonly #pauses = new Set<RetryPauses>();
  #isOver = false;

  constructor(private readonly options: ServiceboundSettlementsOptions) {}

  async settle(lockToken: Buffer, outcome: ServiceboundOutcome): Promise<ServiceboundSettled> {
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
    outcome: ServiceboundOutcome,
    pauses: RetryPauses,
  ): Promise<ServiceboundSettled> {
    const { queue, hub, onFailed, onAnswered } = this.options;
    for (let isRepeated = false; ; isRepeated = true) {
      try {
        await queue.settle(hub, lockToken, outcome);
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
