/**
 * Does work for many callers at once: while some of it is on its way to the engine, what comes gathers. Alone,
 * a call goes at once; under load a statement serves many, and PostgreSQL commits once for all of them.
 */
interface GatheringOptions<Item, Result> {
  /** One result for each item, in their order. */
  readonly run: (items: readonly Item[]) => Promise<readonly Result[]>;
  readonly itemsMax: number;
  readonly runningMax: number;
  /** Items of one key never run at one time: they would wait for each other's rows. */
  readonly keyOf?: (item: Item) => string;
}

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly key: string | undefined;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

export class Gathering<Item, Result> {
  #waiting: Waiting<Item, Result>[] = [];
  readonly #runningKeys = new Set<string>();
  #running = 0;
  #isScheduled = false;

  constructor(private readonly options: GatheringOptions<Item, Result>) {}

  /** @throws what `run` throws of the items that it was given together */
  add(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, key: this.options.keyOf?.(item), resolve, reject });
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
        const some = this.#takeSome();
        if (some.length > 0) {
          void this.#run(some);
          this.#schedule();
        }
      });
    }
  }

  /** The longest waiting whose keys are free. */
  #takeSome(): readonly Waiting<Item, Result>[] {
    const { itemsMax } = this.options;
    const some: Waiting<Item, Result>[] = [];
    const others: Waiting<Item, Result>[] = [];
    for (const waiting of this.#waiting) {
      const isFree = waiting.key === undefined || !this.#runningKeys.has(waiting.key);
      if (some.length < itemsMax && isFree) {
        some.push(waiting);
        if (waiting.key !== undefined) {
          this.#runningKeys.add(waiting.key);
        }
      } else {
        others.push(waiting);
      }
    }
    this.#waiting = others;
    return some;
  }

  async #run(some: readonly Waiting<Item, Result>[]): Promise<void> {
    this.#running += 1;
    try {
      const results = await this.options.run(some.map(({ item }) => item));
      some.forEach(({ resolve }, index) => {
        resolve(results[index] as Result);
      });
    } catch (error) {
      for (const { reject } of some) {
        reject(error);
      }
    } finally {
      this.#running -= 1;
      for (const { key } of some) {
        if (key !== undefined) {
          this.#runningKeys.delete(key);
        }
      }
      this.#schedule();
    }
  }
}
