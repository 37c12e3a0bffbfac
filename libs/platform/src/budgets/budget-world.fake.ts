import type { Throttle, ThrottleRefusal } from '@linchpin/wire';
import { noFigures } from './budget-figures.js';
import { FakeBudgetStore } from './budget-store.fake.js';
import { FakeClock } from './clock.fake.js';
import { SharedBudget } from './shared-budget.js';

export const hundredASecond: Throttle = {
  capacity: 6_000,
  perSecond: 100,
  queueMs: 20_000,
};
export const unqueued: Throttle = { ...hundredASecond, queueMs: 0 };
export const daily: Throttle = { capacity: 1_000, perSecond: 0, queueMs: 0 };

/** Processes that share one budget, on a clock of their own. */
export class World {
  readonly clock = new FakeClock();
  readonly store = new FakeBudgetStore(() => this.clock.nowMs());

  constructor(private readonly terms: Throttle) {}

  process(name: string): SpendingProcess {
    const { clock, store, terms } = this;
    return new SpendingProcess(name, { clock, store, terms });
  }
}

export class SpendingProcess {
  readonly figures = noFigures();
  readonly budget: SharedBudget;
  /** Units, when they were had. */
  readonly had: { readonly atMs: number; readonly units: number }[] = [];
  readonly refusals: ThrottleRefusal[] = [];
  /** What it told of the store: messages of failures, and `back`. */
  readonly told: string[] = [];

  constructor(
    process: string,
    private readonly world: { clock: FakeClock; store: FakeBudgetStore; terms: Throttle },
  ) {
    const { figures } = this;
    const random = randomOf(process.length + process.charCodeAt(process.length - 1));
    this.budget = new SharedBudget({
      ...world,
      ...{ budget: 'b', process, figures, random },
      onFailure: (error) => this.told.push(String(error)),
      onRecovery: () => this.told.push('back'),
    });
  }

  get units(): number {
    return this.had.reduce((sum, { units }) => sum + units, 0);
  }

  unitsSince(fromMs: number): number {
    return this.had.reduce((sum, { atMs, units }) => (atMs >= fromMs ? sum + units : sum), 0);
  }

  want(units = 1, times = 1): void {
    for (let time = 0; time < times; time++) {
      this.budget.wait(units, (refusal) => {
        if (refusal === undefined) {
          this.had.push({ atMs: this.world.clock.nowMs(), units });
        } else {
          this.refusals.push(refusal);
        }
      });
    }
  }
}

/** Each process wants so many units a second, in steps of 10 ms, for so long. */
export async function load(
  { clock }: World,
  wishes: readonly (readonly [process: SpendingProcess, perSecond: number])[],
  ms: number,
): Promise<void> {
  const rests = wishes.map(() => 0);
  for (let passed = 0; passed < ms; passed += 10) {
    for (const [index, [process, perSecond]] of wishes.entries()) {
      const due = (rests[index] ?? 0) + perSecond / 100;
      const whole = Math.floor(due + 1e-6);
      process.want(1, whole);
      rests[index] = due - whole;
    }
    await clock.advance(10);
  }
}

/** mulberry32: the same numbers for the same seed. */
export function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
