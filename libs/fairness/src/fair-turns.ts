import { HubError } from '@linchpin/wire';

/** Whose turn it is to be: hubs take turns, and of each hub those from where its clients come. */
export interface TurnTaker {
  readonly hub: string;
  readonly origin: string;
}

export interface FairTurnsOptions {
  readonly atOnceMax: number;
  /** Who has waited for so long is told to try again. */
  readonly waitMsMax: number;
}

interface Waiter {
  readonly begin: () => void;
  hasLeft: boolean;
}

/**
 * Does so many things at once; the others wait. Each hub has its turn, and in it each origin, with one
 * thing: who sends many waits for his own, and others for one of his (fair queuing by source: J. Nagle,
 * "On Packet Switches With Infinite Storage", RFC 970).
 */
export class FairTurns {
  #running = 0;
  /** By hub and by origin, both in the order in which their turns come. */
  readonly #waiting = new Map<string, Map<string, Waiter[]>>();

  constructor(private readonly options: FairTurnsOptions) {}

  /** Settles as the work does. @throws HubError `ServiceUnavailable` when its turn does not come in time */
  async inTurn<Result>(taker: TurnTaker, work: () => Promise<Result>): Promise<Result> {
    if (this.#running < this.options.atOnceMax) {
      this.#running += 1;
    } else {
      await this.#wait(taker);
    }
    try {
      return await work();
    } finally {
      this.#handOn();
    }
  }

  #wait({ hub, origin }: TurnTaker): Promise<void> {
    const origins = this.#waiting.get(hub) ?? new Map<string, Waiter[]>();
    const line = origins.get(origin) ?? [];
    this.#waiting.set(hub, origins);
    origins.set(origin, line);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        waiter.hasLeft = true;
        reject(
          new HubError('ServiceUnavailable', 'Too many wait for their turn; try again.', {
            retryAfterMs: 1_000,
          }),
        );
      }, this.options.waitMsMax).unref();
      const waiter: Waiter = {
        hasLeft: false,
        begin: () => {
          clearTimeout(timer);
          resolve();
        },
      };
      line.push(waiter);
    });
  }

  /** Gives the place that has become free to the next one. */
  #handOn(): void {
    for (let next = this.#shift(); next !== undefined; next = this.#shift()) {
      if (!next.hasLeft) {
        next.begin();
        return;
      }
    }
    this.#running -= 1;
  }

  #shift(): Waiter | undefined {
    const hub = rotate(this.#waiting);
    const origin = hub && rotate(hub.value);
    const waiter = origin?.value.shift();
    if (origin?.value.length === 0) {
      hub?.value.delete(origin.key);
    }
    if (hub?.value.size === 0) {
      this.#waiting.delete(hub.key);
    }
    return waiter;
  }
}

/** What comes first, and goes behind the others. */
function rotate<Key, Value>(
  map: Map<Key, Value>,
): { readonly key: Key; readonly value: Value } | undefined {
  for (const [key, value] of map) {
    map.delete(key);
    map.set(key, value);
    return { key, value };
  }
  return undefined;
}
