import type { Redis } from '@linchpin/platform/redis';
import { identityKey, type DeviceIdentityId } from '@linchpin/wire';
import { presenceAnswer } from './presence-answer.js';
import type { PresenceKeys } from './presence-keys.js';

/** An announcement may be lost, with its gateway or with a connection to Redis. */
const lookAgainDefaultMs = 1_000;

interface Channel {
  readonly watches: Set<AnnouncedArrivals>;
  /** Resolves when Redis passes announcements on. */
  readonly opened: Promise<unknown>;
}

/** Tells who waits for an identity that direct methods reach it from now on. */
export class PresenceWaits {
  readonly #channels = new Map<string, Channel>();

  /** @param subscriber a connection of its own: one that listens can do nothing else */
  constructor(
    private readonly subscriber: Redis,
    private readonly keys: PresenceKeys,
    private readonly lookAgainMs: number = lookAgainDefaultMs,
  ) {
    subscriber.on('ready', () => {
      this.#reopen();
    });
    subscriber.on('message', (name: string) => {
      this.#channels.get(name)?.watches.forEach((watch) => {
        watch.arrived();
      });
    });
  }

  /**
   * Begins to listen. Whoever looks for the identity after this, and then waits, misses no arrival. Must be closed.
   *
   * @throws HubError `ServiceUnavailable` when Redis does not answer
   */
  async watch(hub: string, identity: DeviceIdentityId): Promise<ArrivalWatch> {
    const name = this.keys.arrivals(identityKey(hub, identity));
    const channel = this.#channels.get(name) ?? this.#open(name);
    const watch = new AnnouncedArrivals(this.lookAgainMs, () => {
      this.#leave(name, channel, watch);
    });
    channel.watches.add(watch);
    try {
      await presenceAnswer(channel.opened);
    } catch (error) {
      watch.close();
      throw error;
    }
    return watch;
  }

  #open(name: string): Channel {
    const channel = {
      watches: new Set<AnnouncedArrivals>(),
      opened: this.subscriber.subscribe(name),
    };
    this.#channels.set(name, channel);
    return channel;
  }

  /** What was announced meanwhile is found by those who look again; so is what comes when this fails. */
  #reopen(): void {
    const names = [...this.#channels.keys()];
    if (names.length > 0) {
      this.subscriber.subscribe(...names).catch(() => undefined);
    }
  }

  #leave(name: string, { watches }: Channel, watch: AnnouncedArrivals): void {
    if (watches.delete(watch) && watches.size === 0) {
      this.#channels.delete(name);
      // What Redis still sends then, nobody hears.
      this.subscriber.unsubscribe(name).catch(() => undefined);
    }
  }
}

/** One who waits for an identity. */
export interface ArrivalWatch {
  /**
   * Resolves when it is worth looking for the identity: it has arrived since the watch began or since the
   * last time, or a second is over.
   *
   * @returns whether it was said to have arrived
   * @throws the signal's reason
   */
  next(signal: AbortSignal): Promise<boolean>;
  close(): void;
}

class AnnouncedArrivals implements ArrivalWatch {
  #hasArrived = false;
  #wake: () => void = () => undefined;

  constructor(
    private readonly lookAgainMs: number,
    readonly close: () => void,
  ) {}

  arrived(): void {
    this.#hasArrived = true;
    this.#wake();
  }

  async next(signal: AbortSignal): Promise<boolean> {
    signal.throwIfAborted();
    if (!this.#hasArrived) {
      await this.#wait(signal);
      signal.throwIfAborted();
    }
    const hasArrived = this.#hasArrived;
    this.#hasArrived = false;
    return hasArrived;
  }

  /** With a listener and a timer that go: what AbortSignal.any makes, the signal keeps (Node 20). */
  #wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      const timer = setTimeout(wake, this.lookAgainMs);
      signal.addEventListener('abort', wake);
      this.#wake = wake;
    });
  }
}
