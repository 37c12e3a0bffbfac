import { setTimeout as delay } from 'node:timers/promises';

/** Work of a process's own, done at its start and again so long after each time that it ended. */
export class RepeatedWork {
  readonly #stopping = new AbortController();
  readonly #done: Promise<void>;

  private constructor(work: (signal: AbortSignal) => Promise<void>, periodMs: number) {
    this.#done = this.#run(work, periodMs);
  }

  /**
   * @param work tells itself what goes wrong, and leaves off where it can once `signal` is aborted; what
   * it throws ends the process
   */
  static start(work: (signal: AbortSignal) => Promise<void>, periodMs: number): RepeatedWork {
    return new RepeatedWork(work, periodMs);
  }

  /** Resolves when the work in hand is finished. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#done;
  }

  async #run(work: (signal: AbortSignal) => Promise<void>, periodMs: number): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await work(signal);
      await delay(periodMs, undefined, { signal }).catch(() => undefined);
    }
  }
}
