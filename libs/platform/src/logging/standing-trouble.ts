/** A trouble that is met again and again while it stands: it is told now and then. */
export class StandingTrouble {
  #beganMs: number | undefined;
  #toldMs = -Infinity;

  constructor(private readonly periodMs: number) {}

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
