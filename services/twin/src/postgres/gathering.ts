/**
 * Does work for many callers at once: while some of it is on its way to the engine, what comes gathers. Alone,
 * a call goes at once; under load a statement serves many, and PostgreSQL commits once for all of them.
 */
interface GatheringOptions<Item, Result> {
  /** One result for each item, in their order. */
  readonly run: (items: readonly Item[]) => Promise<readonly Result[]>;
  readonly itemsMax: number;
  readonly runningMax: number;
}

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

export class Gathering<Item, Result> {
  #waiting: Waiting<Item, Result>[] = [];
  #running = 0;
  #isScheduled = false;

  constructor(private readonly options: GatheringOptions<Item, Result>) {}

  /** @throws what `run` throws of the items that it was given together */
  add(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      this.#schedule();
    });
  }

  /** At the end of this turn of the event loop, which may bring more. */
  #schedule(): void {
    const { runningMax } = this.options;
    if (!this.#isScheduled && this.#running < runningMax && this.#waiting.length > 0) {
      this.#isScheduled = true;
      setImmediate(() => {
        this.#isScheduled = false;
        void this.#runSome();
        this.#schedule();
      });
    }
  }

  async #runSome(): Promise<void> {
    const { run, itemsMax } = this.options;
    const some = this.#waiting.splice(0, itemsMax);
    this.#running += 1;
    try {
      const results = await run(some.map(({ item }) => item));
      some.forEach(({ resolve }, index) => {
        resolve(results[index] as Result);
      });
    } catch (error) {
      for (const { reject } of some) {
        reject(error);
      }
    } finally {
      this.#running -= 1;
      this.#schedule();
    }
  }
}
