import type { Lease } from './budget-store.js';

/** What a lease says of everybody's units is believed for so long. */
const believedMs = 1_000;

/** What the last lease told of the whole budget. */
export class KnownBudget {
  #processes = 1;
  #amounts: (Pick<Lease, 'free' | 'waitingElsewhere'> & { readonly atMs: number }) | undefined;

  learn({ free, waitingElsewhere, processes }: Lease, atMs: number): void {
    this.#processes = processes;
    this.#amounts = { free, waitingElsewhere, atMs };
  }

  /** Other terms hold. How many processes share the budget is as true as before. */
  forgetAmounts(): void {
    this.#amounts = undefined;
  }

  /** The part of one among all processes that spend. */
  get share(): number {
    return 1 / this.#processes;
  }

  get waitingElsewhere(): number {
    return this.#amounts?.waitingElsewhere ?? 0;
  }

  /** What the last lease left for everybody. */
  get lastFree(): number {
    return this.#amounts?.free ?? 0;
  }

  /** What is there for everybody now; without end when that is not known. */
  free(nowMs: number, perSecond: number): number {
    const amounts = this.#amounts;
    if (amounts === undefined || nowMs - amounts.atMs > believedMs) {
      return Infinity;
    }
    return amounts.free + ((nowMs - amounts.atMs) * perSecond) / 1_000;
  }
}
