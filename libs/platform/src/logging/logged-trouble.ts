import type { Logger } from './logger.js';
import { StandingTrouble } from './standing-trouble.js';

interface LoggedTroubleOptions {
  readonly logger: Logger;
  /** As `StandingTrouble` has it. */
  readonly periodMs?: number;
  /** What is logged while it stands. */
  readonly stands: string;
  /** What is logged when it is over. */
  readonly over: string;
  /** ms, as `performance.now()` counts them. */
  readonly clock?: () => number;
}

/** A trouble of which the log tells now and then while it stands, with what failed, and when it is over. */
export class LoggedTrouble {
  readonly #trouble: StandingTrouble;
  readonly #clock: () => number;

  constructor(private readonly options: LoggedTroubleOptions) {
    this.#trouble = new StandingTrouble(options.periodMs);
    this.#clock = options.clock ?? (() => performance.now());
  }

  meet(error: unknown): void {
    const { logger, stands } = this.options;
    this.#trouble.tell(this.#clock(), (standingForMs) => {
      logger.warn({ err: error, standingForMs: Math.round(standingForMs) }, stands);
    });
  }

  end(): void {
    const { logger, over } = this.options;
    this.#trouble.end(this.#clock(), (stoodForMs) => {
      logger.info({ stoodForMs: Math.round(stoodForMs) }, over);
    });
  }
}
