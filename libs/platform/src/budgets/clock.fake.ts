import type { Clock } from './clock.js';

interface Alarm {
  readonly dueMs: number;
  readonly work: () => void;
}

/** Stands still until a test moves it on. */
export class FakeClock implements Clock {
  #nowMs = 1_000_000;
  readonly #alarms = new Set<Alarm>();

  nowMs(): number {
    return this.#nowMs;
  }

  after(ms: number, work: () => void): () => void {
    const alarm = { dueMs: this.#nowMs + ms, work };
    this.#alarms.add(alarm);
    return () => {
      this.#alarms.delete(alarm);
    };
  }

  /** What is due meanwhile happens, each thing at its time and with all that follows from it. */
  async advance(ms: number): Promise<void> {
    const end = this.#nowMs + ms;
    await settle();
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.#alarms.delete(next);
      this.#nowMs = Math.max(this.#nowMs, next.dueMs);
      next.work();
      await settle();
    }
    this.#nowMs = end;
  }

  get pending(): number {
    return this.#alarms.size;
  }

  #next(end: number): Alarm | undefined {
    let next: Alarm | undefined;
    for (const alarm of this.#alarms) {
      if (alarm.dueMs <= end && (next === undefined || alarm.dueMs < next.dueMs)) {
        next = alarm;
      }
    }
    return next;
  }
}

/** Lets promises that are settled have their consequences. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 8; turn++) {
    await Promise.resolve();
  }
}
