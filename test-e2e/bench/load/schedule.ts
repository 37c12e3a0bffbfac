/**
 * When each message of an even load is due, whatever became of those before it: a server that falls
 * behind is not waited for, so that its queue shows in the times that are measured from here.
 */
export class Schedule {
  readonly #intervalMs: number;
  #next = 0;

  constructor(
    private readonly startMs: number,
    messagesPerSecond: number,
  ) {
    this.#intervalMs = 1_000 / messagesPerSecond;
  }

  /** The messages, counted from 0, that became due since the last call, with the time of each. */
  *due(nowMs: number): Generator<{ readonly number: number; readonly dueMs: number }> {
    for (;;) {
      const dueMs = this.startMs + this.#next * this.#intervalMs;
      if (dueMs > nowMs) {
        return;
      }
      yield { number: this.#next++, dueMs };
    }
  }
}
