import { formatHubId, type HubId } from '@linchpin/wire';
import { RetryPauses } from './retry-pauses.js';
import type { ServiceboundMessage, ServiceboundQueue } from './servicebound-queue.js';
import { ServiceboundSettlements } from './servicebound-settlements.js';

/** Who is given what one hub's queue has. */
export interface ServiceboundReceiver<Message extends ServiceboundMessage> {
  /** For how many there is room. */
  room(): number;
  deliver(message: Message): void;
  /** For now there is no more. */
  onNone(): void;
}

interface ServiceboundFeedsOptions<Message extends ServiceboundMessage> {
  readonly queue: ServiceboundQueue<Message>;
  /** Between two looks while nothing waits. */
  readonly idlePauseMs: number;
  readonly onFailed: (error: unknown) => void;
  readonly onAnswered: () => void;
  /** Resolves after so many ms, or when the signal aborts. */
  readonly pause: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** As `performance.now()` tells it. */
  readonly nowMs: () => number;
}

/** Between two looks, however often somebody asks. */
const shortestPauseMs = 250;
/** While nobody has room for a message, since it was asked for: less than the shortest lock, which is 5 s. */
const keptMsMax = 4_000;

interface KeptMessage<Message> {
  readonly message: Message;
  /** Until then its lock holds for sure. */
  readonly untilMs: number;
}

/**
 * Looks into the queue of one hub for all who receive of it here, in turn: one call at a time, however many they are,
 * and none while nobody has room. When the next message is due, an answer without one tells (ADR 26).
 */
class ServiceboundFeed<Message extends ServiceboundMessage> {
  /** In the order of their turns. */
  readonly #receivers = new Set<ServiceboundReceiver<Message>>();
  readonly #retries = new RetryPauses();
  #isLooking = false;
  /** Locked when nobody had room any more. */
  #kept: KeptMessage<Message> | undefined;
  #wake = new AbortController();

  constructor(
    private readonly hub: HubId,
    private readonly options: ServiceboundFeedsOptions<Message>,
  ) {}

  get isUnused(): boolean {
    return this.#receivers.size === 0;
  }

  add(receiver: ServiceboundReceiver<Message>): void {
    this.#receivers.add(receiver);
  }

  remove(receiver: ServiceboundReceiver<Message>): void {
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
    const { queue, idlePauseMs, onFailed, onAnswered, nowMs } = this.options;
    try {
      const kept = this.#takeKept();
      if (kept !== undefined) {
        this.#deliver(kept);
        return 0;
      }
      const untilMs = nowMs() + keptMsMax;
      const { message, nextDueMs = idlePauseMs } = await queue.receive(this.hub);
      onAnswered();
      this.#retries.succeeded();
      if (message === undefined) {
        return Math.max(shortestPauseMs, Math.min(nextDueMs, idlePauseMs));
      }
      this.#deliver({ message, untilMs });
    } catch (error) {
      onFailed(error);
      this.#tellNone();
      await this.#retries.next();
    }
    return 0;
  }

  /** Whom the turn comes to. */
  #next(): ServiceboundReceiver<Message> | undefined {
    return [...this.#receivers].find((receiver) => receiver.room() > 0);
  }

  #takeKept(): KeptMessage<Message> | undefined {
    const kept = this.#kept;
    this.#kept = undefined;
    return kept !== undefined && this.options.nowMs() < kept.untilMs ? kept : undefined;
  }

  /** When nobody has room for long its lock runs out, and it comes again. */
  #deliver(kept: KeptMessage<Message>): void {
    const receiver = this.#next();
    if (receiver === undefined) {
      this.#kept = kept;
      return;
    }
    this.#receivers.delete(receiver);
    this.#receivers.add(receiver);
    receiver.deliver(kept.message);
  }

  #tellNone(): void {
    for (const receiver of [...this.#receivers]) {
      receiver.onNone();
    }
  }
}

/** The feeds of one kind of queue, for all hubs of which somebody receives here. */
export class ServiceboundFeeds<Message extends ServiceboundMessage> {
  readonly #feeds = new Map<string, ServiceboundFeed<Message>>();

  constructor(private readonly options: ServiceboundFeedsOptions<Message>) {}

  join(hub: HubId, receiver: ServiceboundReceiver<Message>): void {
    const key = formatHubId(hub);
    const feed = this.#feeds.get(key) ?? new ServiceboundFeed(hub, this.options);
    this.#feeds.set(key, feed);
    feed.add(receiver);
  }

  leave(hub: HubId, receiver: ServiceboundReceiver<Message>): void {
    const key = formatHubId(hub);
    const feed = this.#feeds.get(key);
    feed?.remove(receiver);
    if (feed?.isUnused === true) {
      this.#feeds.delete(key);
    }
  }

  /** For what the client of one receiver says. */
  settlements(hub: HubId): ServiceboundSettlements {
    const { queue, onFailed, onAnswered } = this.options;
    return new ServiceboundSettlements({ queue, hub, onFailed, onAnswered });
  }

  /** A receiver has room, or has given something back. */
  ask(hub: HubId): void {
    this.#feeds.get(formatHubId(hub))?.ask();
  }
}
