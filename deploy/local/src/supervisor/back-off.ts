/** How long to wait before a process that ended is started again. */
export interface BackOffLimits {
  readonly firstMs: number;
  readonly maxMs: number;
  /** A process that ran this long did well: the next end counts as the first again. */
  readonly resetAfterMs: number;
}

export const restartLimits: BackOffLimits = { firstMs: 250, maxMs: 30_000, resetAfterMs: 60_000 };

export class BackOff {
  readonly #limits: BackOffLimits;
  #endsInARow = 0;

  constructor(limits: BackOffLimits = restartLimits) {
    this.#limits = limits;
  }

  /** The wait after a run of `ranMs`: doubled with every end in a row, up to the limit. */
  nextDelayMs(ranMs: number): number {
    if (ranMs >= this.#limits.resetAfterMs) {
      this.#endsInARow = 0;
    }
    const delayMs = this.#limits.firstMs * 2 ** this.#endsInARow;
    this.#endsInARow += 1;
    return Math.min(delayMs, this.#limits.maxMs);
  }
}
