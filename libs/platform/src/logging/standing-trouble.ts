/** Often enough to be seen, seldom enough to leave other lines readable. */
const standardPeriodMs = 5_000;

/** A trouble that is met again and again while it stands: it is told now and then. */
export class StandingTrouble {
  #beganMs: number | undefined;
  #toldMs = -Infinity;

  /** @param periodMs at least so long between two tellings */
  constructor(private readonly periodMs = standardPeriodMs) {}

  /** @param tell gets how long it has stood by now, in ms */
  tell(nowMs: number, tell: (standingMs: number) => void): void {
    this.#beganMs ??= nowMs;
    if (nowMs - this.#toldMs > this.periodMs) {
      this.#toldMs = nowMs;
      tell(nowMs - this.#beganMs);
    }
  }

  /** It is over, if there was one: `tell` gets how long it stood, in ms. */
  end(nowMs: number, tell: (stoodMs: number) => void): void {
    if (this.#beganMs !== undefined) {
      tell(nowMs - this.#beganMs);
    }
    this.#beganMs = undefined;
    this.#toldMs = -Infinity;
  }
}
