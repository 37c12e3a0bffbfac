import type { TelemetryLog } from '../domain/telemetry-log.js';

/** Holds back the connections that send while the log has more to store than it should. */
export class BackPressure {
  #waiting: (() => void)[] = [];

  constructor(private readonly log: TelemetryLog) {
    log.onRelief(() => {
      const waiting = this.#waiting;
      this.#waiting = [];
      for (const resume of waiting) {
        resume();
      }
    });
  }

  get isHigh(): boolean {
    return this.log.isFull;
  }

  /** Calls `resume` once when there is room again. */
  waitForRelief(resume: () => void): void {
    this.#waiting.push(resume);
  }
}
