const firstPauseMs = 200;
const pauseMsMax = 10_000;

/** Pauses between attempts, each twice as long as the last, less a part by chance: many would else come together. */
export class RetryPauses {
  #failures = 0;
  #isOver = false;
  /** Of the pause that is under way. */
  #finish: () => void = () => undefined;

  /** @param random of 0 to 1 */
  constructor(private readonly random: () => number = Math.random) {}

  /** Resolves at once when there will be no further attempt. */
  async next(): Promise<void> {
    const longestMs = Math.min(firstPauseMs * 2 ** this.#failures, pauseMsMax);
    this.#failures += 1;
    if (this.#isOver) {
      return;
    }
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, longestMs * (1 - this.random() / 2)).unref();
      this.#finish = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  succeeded(): void {
    this.#failures = 0;
  }

  /** Nobody will try again. */
  end(): void {
    this.#isOver = true;
    this.#finish();
  }
}
