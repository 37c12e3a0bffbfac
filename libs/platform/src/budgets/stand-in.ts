/** So much of the rate is there at once when the store fails. */
const gatheredMsMax = 10_000;

/** What a process grants itself while the store does not answer. It owes that to the store. */
export class StandIn {
  #owed = 0;

  /** @param accountedMs up to then the store accounts for the rate */
  constructor(private accountedMs: number) {}

  get owed(): number {
    return this.#owed;
  }

  /** The store has answered. */
  restart(nowMs: number): void {
    this.accountedMs = nowMs;
  }

  /** What came since, of a rate. */
  refill(nowMs: number, perSecond: number): number {
    const passedMs = Math.min(gatheredMsMax, nowMs - this.accountedMs);
    this.accountedMs = nowMs;
    return this.#grant((passedMs * perSecond) / 1_000);
  }

  /** What is needed, of something that never comes back. */
  lend(units: number): number {
    return this.#grant(Math.max(0, units));
  }

  owe(units: number): void {
    this.#owed += units;
  }

  /** To be told to the store. */
  takeOwed(): number {
    const owed = this.#owed;
    this.#owed = 0;
    return owed;
  }

  #grant(units: number): number {
    this.#owed += units;
    return units;
  }
}
