import { formatHubId, type HubId } from '@linchpin/wire';
import type { Feedback, FeedbackBatch } from './feedback.js';
import { RetryPauses } from './retry-pauses.js';

/** Who is given batches of one hub. */
export interface FeedbackReceiver {
  /** For how many there is room. */
  room(): number;
  deliver(batch: FeedbackBatch): void;
  /** For now there is no more. */
  onNone(): void;
}

interface FeedbackFeedsOptions {
  readonly feedback: Pick<Feedback, 'receive'>;
  readonly onFailed: (error: unknown) => void;
  readonly onAnswered: () => void;
  /** Resolves after so many ms, or when the signal aborts. */
  readonly pause: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** As `performance.now()` tells it. */
  readonly nowMs: () => number;
}

/**
 * Between two looks while nothing waits. What comes meanwhile is due after 15 s at the earliest, or when 64 have
 * gathered: so it is found before it is late.
 */
const idlePauseMs = 5_000;
/** Between two looks, however often somebody asks. */
const shortestPauseMs = 250;
/** While nobody has room for a batch, since it was asked for: less than the shortest lock, which is 5 s. */
const keptMsMax = 4_000;

interface LockedBatch {
  readonly batch: FeedbackBatch;
  /** Until then its lock holds for sure. */
  readonly untilMs: number;
}

/**
 * Looks for feedback of one hub for all who receive it here, in turn: one call at a time, however many they are, and
 * none while nobody has room. When the next batch is due, an answer without one tells (ADR 26).
 */
class FeedbackFeed {
  /** In the order of their turns. */
  readonly #receivers = new Set<FeedbackReceiver>();
  readonly #retries = new RetryPauses();
  #isLooking = false;
  /** Locked when nobody had room any more. */
  #kept: LockedBatch | undefined;
  #wake = new AbortController();

  constructor(
    private readonly hub: HubId,
    private readonly options: FeedbackFeedsOptions,
  ) {}

  get isUnused(): boolean {
    return this.#receivers.size === 0;
  }

  add(receiver: FeedbackReceiver): void {
    this.#receivers.add(receiver);
  }

  remove(receiver: FeedbackReceiver): void {
    this.#receivers.delete(receiver);
    if (this.isUnused) {
      this.#retries.end();
      this.#wake.abort();
    }
  }

  /** Somebody has room, or something may be due. */
  ask(): void {
    if (this.#isLooking) {
      this.#wake.abort();
    } else if (this.#next() !== undefined) {
      void this.#look();
    }
  }

  async #look(): Promise<void> {
    const { pause } = this.options;
    this.#isLooking = true;
    while (this.#next() !== undefined) {
      this.#wake = new AbortController();
      const pauseMs = await this.#receive();
      if (pauseMs > 0) {
        this.#tellNone();
        await pause(shortestPauseMs);
        await pause(pauseMs - shortestPauseMs, this.#wake.signal);
      }
    }
    this.#isLooking = false;
  }

  /** @returns how long it is to the next look */
  async #receive(): Promise<number> {
    const { feedback, onFailed, onAnswered, nowMs } = this.options;
    try {
      const kept = this.#takeKept();
      if (kept !== undefined) {
        this.#deliver(kept);
        return 0;
      }
      const untilMs = nowMs() + keptMsMax;
      const { batch, nextDueMs = idlePauseMs } = await feedback.receive(this.hub);
      onAnswered();
      this.#retries.succeeded();
      if (batch === undefined) {
        return Math.max(shortestPauseMs, Math.min(nextDueMs, idlePauseMs));
      }
      this.#deliver({ batch, untilMs });
    } catch (error) {
      onFailed(error);
      this.#tellNone();
      await this.#retries.next();
    }
    return 0;
  }

  /** Whom the turn comes to. */
  #next(): FeedbackReceiver | undefined {
    return [...this.#receivers].find((receiver) => receiver.room() > 0);
  }

  #takeKept(): LockedBatch | undefined {
    const kept = this.#kept;
    this.#kept = undefined;
    return kept !== undefined && this.options.nowMs() < kept.untilMs ? kept : undefined;
  }

  /** When nobody has room for long its lock runs out, and it comes again. */
  #deliver(locked: LockedBatch): void {
    const receiver = this.#next();
    if (receiver === undefined) {
      this.#kept = locked;
      return;
    }
    this.#receivers.delete(receiver);
    this.#receivers.add(receiver);
    receiver.deliver(locked.batch);
  }

  #tellNone(): void {
    for (const receiver of [...this.#receivers]) {
      receiver.onNone();
    }
  }
}

/** The feeds of all hubs whose feedback somebody receives here. */
export class FeedbackFeeds {
  readonly #feeds = new Map<string, FeedbackFeed>();

  constructor(private readonly options: FeedbackFeedsOptions) {}

  join(hub: HubId, receiver: FeedbackReceiver): void {
    const key = formatHubId(hub);
    const feed = this.#feeds.get(key) ?? new FeedbackFeed(hub, this.options);
    this.#feeds.set(key, feed);
    feed.add(receiver);
  }

  leave(hub: HubId, receiver: FeedbackReceiver): void {
    const key = formatHubId(hub);
    const feed = this.#feeds.get(key);
    feed?.remove(receiver);
    if (feed?.isUnused === true) {
      this.#feeds.delete(key);
    }
  }

  /** A receiver has room, or has given something back. */
  ask(hub: HubId): void {
    this.#feeds.get(formatHubId(hub))?.ask();
  }
}
