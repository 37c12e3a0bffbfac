import type { Receipt } from '../domain/telemetry-log.js';

/**
 * The publishes of one connection that wait for their PUBACK. PUBACKs leave in the order of the
 * PUBLISHes (device-mqtt.md section 4.1; the C# SDK ends its connection otherwise), each after what
 * it stands for is done.
 */
export class PubackQueue {
  /** From `#first` on; the settled beginning is cut off now and then. */
  #entries: Publish[] = [];
  #first = 0;
  #ready: number[] = [];
  #idleListeners: (() => void)[] = [];
  #hasFailed = false;
  /** All before the first that failed is done. */
  #isAtFailure = false;

  /**
   * @param onReady some can be taken
   * @param onFailed something will never be stored, heard of once; what follows it is not acknowledged,
   * what stands before it is
   */
  constructor(
    private readonly onReady: () => void,
    private readonly onFailed: (error: Error) => void,
  ) {}

  /** Publishes that are not done yet, or done behind one that is not. */
  get pending(): number {
    return this.#entries.length - this.#first;
  }

  /** Resolves when every publish is done. */
  idle(): Promise<void> {
    return this.pending === 0
      ? Promise.resolve()
      : new Promise((resolve) => this.#idleListeners.push(resolve));
  }

  /** Begins with a publish; without a packet id (QoS 0) nothing is sent in the end. */
  add(packetId: number | undefined): Receipt {
    const entry = new Publish(packetId, this);
    this.#entries.push(entry);
    return entry;
  }

  /** Packet ids to acknowledge now; each is given once. */
  takeReady(): readonly number[] {
    const ready = this.#ready;
    this.#ready = [];
    return ready;
  }

  settled(error: Error | undefined): void {
    if (error !== undefined && !this.#hasFailed) {
      this.#hasFailed = true;
      this.onFailed(error);
    }
    const entries = this.#entries;
    let index = this.#first;
    for (let entry = entries[index]; entry?.done === true; entry = entries[++index]) {
      this.#isAtFailure ||= entry.hasFailed;
      if (entry.packetId !== undefined && !this.#isAtFailure) {
        this.#ready.push(entry.packetId);
      }
    }
    if (index === this.#first) {
      return;
    }
    this.#first = index;
    if (index === entries.length) {
      this.#entries = [];
      this.#first = 0;
      this.#announceIdle();
    } else if (index > 1_024) {
      this.#entries = entries.slice(index);
      this.#first = 0;
    }
    this.onReady();
  }

  #announceIdle(): void {
    const listeners = this.#idleListeners;
    this.#idleListeners = [];
    for (const listener of listeners) {
      listener();
    }
  }
}

class Publish implements Receipt {
  done = false;
  hasFailed = false;

  constructor(
    readonly packetId: number | undefined,
    private readonly queue: PubackQueue,
  ) {}

  settle(error: Error | undefined): void {
    this.done = true;
    this.hasFailed = error !== undefined;
    this.queue.settled(error);
  }
}
