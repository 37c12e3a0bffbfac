import type { ConnectionStateCause, DeviceIdentityId } from '@linchpin/wire';

/** A device or module connected or disconnected (events-monitoring.md section 1.3). */
export interface ConnectionStateEvent {
  readonly hub: string;
  readonly identity: DeviceIdentityId;
  readonly generationId: string;
  readonly type: 'deviceConnected' | 'deviceDisconnected';
  readonly cause: ConnectionStateCause;
  /** The IoT Plug and Play model that the connection had announced. */
  readonly modelId: string | undefined;
  readonly occurredAt: Date;
  /** 64 upper-case hex digits; rises strictly with each event of an identity. */
  readonly sequenceNumber: string;
}

/** Events that were written with their change of presence and wait for their place in the log. */
export interface ConnectionEventQueue {
  /** Whether this process may relay for now; at most one may. */
  acquire(): Promise<boolean>;
  /** The oldest ones, in order. */
  read(): Promise<readonly { readonly id: string; readonly event: ConnectionStateEvent }[]>;
  remove(ids: readonly string[]): Promise<void>;
  /** Another process may relay from now on. */
  release(): Promise<void>;
}

export interface ConnectionEventLog {
  /** Resolves when all are stored durably. */
  store(events: readonly ConnectionStateEvent[]): Promise<void>;
}

const idleMs = 200;
const standbyMs = 2_000;
const retryMs = 1_000;
/** Well within the time for which one has a turn. */
const renewMs = 3_000;

/**
 * Moves connection-state events from where they were written into the log: each at least once, and
 * for the first time in order, since one process relays at a time. One that dies between storing and
 * removing leaves its last batch to be stored again.
 */
export class ConnectionEventRelay {
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(
    private readonly queue: ConnectionEventQueue,
    private readonly log: ConnectionEventLog,
    private readonly onFailure: (error: unknown) => void,
    /** After each round that did not fail. */
    private readonly onSuccess: () => void,
  ) {
    this.#schedule(0);
  }

  /** What is left waits for the next process, which may begin at once. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await this.#round;
    await this.queue.release();
  }

  #schedule(delayMs: number): void {
    if (!this.#isStopped) {
      this.#timer = setTimeout(() => {
        this.#round = this.#runRound();
      }, delayMs);
    }
  }

  /** Keeps the turn for as long as it takes: whoever had it next would store the same again. */
  async #store(events: readonly ConnectionStateEvent[]): Promise<void> {
    const renewal = setInterval(() => {
      this.queue.acquire().catch(this.onFailure);
    }, renewMs);
    try {
      await this.log.store(events);
    } finally {
      clearInterval(renewal);
    }
  }

  async #runRound(): Promise<void> {
    try {
      if (!(await this.queue.acquire())) {
        this.onSuccess();
        this.#schedule(standbyMs);
        return;
      }
      const waiting = await this.queue.read();
      if (waiting.length > 0) {
        await this.#store(waiting.map(({ event }) => event));
        await this.queue.remove(waiting.map(({ id }) => id));
      }
      this.onSuccess();
      this.#schedule(waiting.length > 0 ? 0 : idleMs);
    } catch (error) {
      this.onFailure(error);
      this.#schedule(retryMs);
    }
  }
}
