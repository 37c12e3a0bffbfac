import { describe, expect, test } from '@jest/globals';
import { noFigures } from './budget-figures.js';
import type { BudgetTerms } from './budget-store.js';
import { FakeBudgetStore } from './budget-store.fake.js';
import { FakeClock } from './clock.fake.js';
import { SharedBudget, type Refusal } from './shared-budget.js';

const hundredASecond: BudgetTerms = {
  capacity: 6_000,
  perSecond: 100,
  queueMs: 20_000,
};
const unqueued: BudgetTerms = { ...hundredASecond, queueMs: 0 };
const daily: BudgetTerms = { capacity: 1_000, perSecond: 0, queueMs: 0 };

/** Processes that share one budget, on a clock of their own. */
class World {
  readonly clock = new FakeClock();
  readonly store = new FakeBudgetStore(() => this.clock.nowMs());

  constructor(private readonly terms: BudgetTerms) {}

  process(name: string): SpendingProcess {
    const { clock, store, terms } = this;
    return new SpendingProcess(name, { clock, store, terms });
  }
}

class SpendingProcess {
  readonly figures = noFigures();
  readonly budget: SharedBudget;
  /** Units, when they were had. */
  readonly had: { readonly atMs: number; readonly units: number }[] = [];
  readonly refusals: Refusal[] = [];

  constructor(
    process: string,
    private readonly world: { clock: FakeClock; store: FakeBudgetStore; terms: BudgetTerms },
  ) {
    const { figures } = this;
    const random = randomOf(process.length + process.charCodeAt(process.length - 1));
    this.budget = new SharedBudget({ ...world, budget: 'b', process, figures, random });
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
async function load(
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

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

describe('below the limit', () => {
  test('everything is had, and few calls are made for much', async () => {
    const world = new World({ ...hundredASecond, capacity: 60_000, perSecond: 1_000 });
    const process = world.process('p1');
    await load(world, [[process, 900]], 20_000);
    await world.clock.advance(1_000);
    expect([process.units, process.refusals]).toEqual([18_000, []]);
    expect(process.figures).toMatchObject({ accepted: 18_000, delayed: 0, refused: 0 });
    expect(process.figures.leases).toBeLessThan(60);
  });

  test('whoever spends nothing gives back what is left, and costs nothing then', async () => {
    const world = new World(hundredASecond);
    const process = world.process('p1');
    await load(world, [[process, 50]], 5_000);
    await world.clock.advance(10_000);
    const calls = world.store.requests.length;
    expect(world.clock.pending).toBe(0);
    await world.clock.advance(3_600_000);
    expect(world.store.requests).toHaveLength(calls);
    const returned = sum(world.store.requests.map((request) => request.returned));
    const granted = process.units + returned;
    expect([process.units, granted >= 250, returned > 0]).toEqual([250, true, true]);
  });

  test('a burst as large as the bucket goes through at once', async () => {
    const world = new World(hundredASecond);
    const process = world.process('p1');
    process.want(1, 6_000);
    await world.clock.advance(50);
    expect(process.units).toBe(6_000);
  });
});

describe('where nobody waits', () => {
  test('what is over the limit is refused at once, and says when to come back', async () => {
    const world = new World({ ...unqueued, capacity: 100, perSecond: 100 / 60 });
    const process = world.process('p1');
    process.want(1, 101);
    await world.clock.advance(0);
    expect(process.units).toBe(100);
    expect(process.refusals).toEqual([{ reason: 'spent', retryAfterMs: 600 }]);
    await world.clock.advance(600);
    process.want(1, 2);
    await world.clock.advance(0);
    expect([process.units, process.refusals.length]).toEqual([101, 2]);
  });

  test('a flood of what is refused is no flood of the store', async () => {
    const world = new World({ ...unqueued, capacity: 100, perSecond: 100 / 60 });
    const process = world.process('p1');
    await load(world, [[process, 1_000]], 10_000);
    expect(process.units).toBeGreaterThanOrEqual(115);
    expect(process.units).toBeLessThanOrEqual(117);
    expect(process.figures.leases).toBeLessThan(50);
  });

  test('many at a time are had together or not at all', async () => {
    const world = new World({ ...unqueued, capacity: 100, perSecond: 1 });
    const process = world.process('p1');
    process.want(60);
    process.want(60);
    await world.clock.advance(0);
    process.want(40);
    await world.clock.advance(0);
    expect(process.had.map(({ units }) => units)).toEqual([60, 40]);
    process.want(101);
    expect(process.refusals.map(({ reason }) => reason)).toEqual(['spent', 'spent']);
  });

  test('what never comes back is spent to the last unit and names no time', async () => {
    const world = new World(daily);
    const [one, two] = [world.process('p1'), world.process('p2')];
    await load(
      world,
      [
        [one, 300],
        [two, 100],
      ],
      5_000,
    );
    expect(one.units + two.units).toBe(1_000);
    expect(one.refusals.at(-1)).toEqual({ reason: 'spent', retryAfterMs: undefined });
    expect(await world.store.spent('b')).toBe(1_000);
  });
});

describe('over the limit', () => {
  test('those who come wait, are served in order and at the rate', async () => {
    const world = new World({ ...hundredASecond, capacity: 100 });
    const process = world.process('p1');
    const turns: number[] = [];
    for (let number = 0; number < 500; number++) {
      process.budget.wait(1, () => turns.push(number));
    }
    await world.clock.advance(2_000);
    expect(turns.length).toBeGreaterThanOrEqual(280);
    expect(turns.length).toBeLessThanOrEqual(302);
    await world.clock.advance(3_000);
    expect(turns).toEqual([...Array(500).keys()]);
    expect(process.figures.delayed).toBeGreaterThan(380);
  });

  test('whose turn would come too late is refused, and none that waits is', async () => {
    const world = new World({ ...hundredASecond, capacity: 100, queueMs: 2_000 });
    const process = world.process('p1');
    process.want(1, 100);
    await world.clock.advance(0);
    process.want(1, 1);
    await world.clock.advance(150);
    process.want(1, 400);
    await world.clock.advance(3_000);
    const reasons = new Set(process.refusals.map(({ reason }) => reason));
    expect(reasons).toEqual(new Set(['backlog']));
    expect(process.units).toBeGreaterThanOrEqual(100 + 190);
    expect(process.units).toBeLessThanOrEqual(100 + 215);
  });

  test('whose turn does not come, since the limit was lowered, is told so', async () => {
    const world = new World({ ...hundredASecond, capacity: 100, queueMs: 2_000 });
    const process = world.process('p1');
    process.want(1, 250);
    await world.clock.advance(0);
    process.budget.terms = { ...hundredASecond, capacity: 1, perSecond: 1, queueMs: 2_000 };
    await world.clock.advance(5_000);
    expect(process.refusals.map(({ reason }) => reason)).toContain('late');
    expect(process.units + process.refusals.length).toBe(250);
  });

  test.each([
    ['evenly', [167, 167, 166]],
    ['unevenly', [400, 90, 10]],
    ['at one only', [500, 0, 0]],
    ['with many processes', Array<number>(10).fill(50)],
  ])('five times the limit, %s: what is had stays within 5 %% of it', async (_, wishes) => {
    const world = new World(hundredASecond);
    const processes = wishes.map((wish, index) => [world.process(`p${index}`), wish] as const);
    await load(world, processes, 30_000);
    const from = world.clock.nowMs();
    await load(world, processes, 60_000);
    const had = processes.map(([process]) => process.unitsSince(from));
    expect(sum(had) / 60).toBeGreaterThan(95);
    expect(sum(had) / 60).toBeLessThan(105);
    for (const [index, wish] of wishes.entries()) {
      // Each gets about the part of the limit that its wish has among all; who wants little, rather more.
      const fair = (wish / 500) * 6_000;
      expect(had[index]).toBeGreaterThanOrEqual(0.7 * fair);
    }
  });

  test('one joins and one dies: the rate stays, and the others take over what it had', async () => {
    const world = new World(hundredASecond);
    const [one, two, three] = [world.process('p1'), world.process('p2'), world.process('p3')];
    const [first, second, third] = [
      [one, 250],
      [two, 250],
      [three, 250],
    ] as const;
    await load(world, [first, second], 30_000);
    const from = world.clock.nowMs();
    await load(world, [first, second], 20_000);
    await load(world, [first, second, third], 20_000);
    await load(world, [second, third], 20_000);
    const had = sum([one, two, three].map((process) => process.unitsSince(from))) / 60;
    expect(had).toBeGreaterThan(95);
    expect(had).toBeLessThan(105);
  });
});

describe('while the store is away', () => {
  test('each process goes on with its share of the rate, and tells what it spent', async () => {
    const world = new World({ ...hundredASecond, capacity: 100 });
    const [one, two] = [world.process('p1'), world.process('p2')];
    const wishes = [
      [one, 200],
      [two, 200],
    ] as const;
    await load(world, wishes, 5_000);
    world.store.onLease = async () => {
      await new Promise<void>((resolve) => world.clock.after(3_000, resolve));
      throw new Error('no answer');
    };
    await load(world, wishes, 5_000);
    const from = world.clock.nowMs();
    await load(world, wishes, 20_000);
    for (const process of [one, two]) {
      expect(process.unitsSince(from) / 20).toBeGreaterThan(42);
      expect(process.unitsSince(from) / 20).toBeLessThan(55);
    }
    world.store.onLease = () => Promise.resolve();
    await load(world, wishes, 5_000);
    const back = world.clock.nowMs();
    await load(world, wishes, 20_000);
    const had = (one.unitsSince(back) + two.unitsSince(back)) / 20;
    expect(had).toBeGreaterThan(90);
    expect(had).toBeLessThan(105);
  });

  test('what never comes back is let through, and counted afterwards', async () => {
    const world = new World(daily);
    const process = world.process('p1');
    world.store.onLease = () => Promise.reject(new Error('refused'));
    await load(world, [[process, 10]], 10_000);
    await world.clock.advance(2_000);
    expect([process.units, process.refusals]).toEqual([100, []]);
    world.store.onLease = () => Promise.resolve();
    await world.clock.advance(10_000);
    expect(await world.store.spent('b')).toBe(100);
  });

  test('where nobody waits an answer takes no longer than the patience, and once', async () => {
    const world = new World(unqueued);
    const process = world.process('p1');
    world.store.onLease = () => new Promise(() => undefined);
    process.want(1);
    await world.clock.advance(499);
    expect(process.units).toBe(0);
    await world.clock.advance(101);
    expect(process.units).toBe(1);
    process.want(1, 5);
    expect(process.units).toBe(6);
  });
});

describe('the end of a process', () => {
  test('whoever waits goes through, and what is leased goes back', async () => {
    const world = new World({ ...hundredASecond, capacity: 100 });
    const process = world.process('p1');
    process.want(1, 150);
    await world.clock.advance(0);
    await process.budget.stop();
    expect(process.units).toBe(150);
    process.want();
    expect([process.units, world.clock.pending]).toEqual([151, 0]);
    expect(world.store.requests.at(-1)).toMatchObject({ want: 0, returned: -50 });
  });

  test('what was spent in vain can be had again', async () => {
    const world = new World({ ...unqueued, capacity: 10, perSecond: 0.001 });
    const process = world.process('p1');
    process.want(10);
    await world.clock.advance(0);
    process.budget.giveBack(4);
    process.want(4);
    expect(process.units).toBe(14);
  });
});

describe('whatever happens', () => {
  test.each(Array.from({ length: 20 }, (_, seed) => seed + 1))(
    'no more is had in any time than the burst and the rate allow (%p)',
    async (seed) => {
      const random = randomOf(seed);
      const world = new World({ ...hundredASecond, capacity: 500 });
      world.store.onLease = () =>
        new Promise((resolve) => world.clock.after(random() * 200, resolve));
      const processes: SpendingProcess[] = [];
      for (let phase = 0; phase < 8; phase++) {
        if (processes.length === 0 || random() < 0.5) {
          processes.push(world.process(`p${phase}`));
        }
        const living = processes.filter(() => random() < 0.8);
        const wishes = living.map((process) => [process, random() * 400] as const);
        await load(world, wishes, 1_000 + random() * 6_000);
      }
      const had = processes.flatMap((process) => process.had).sort((a, b) => a.atMs - b.atMs);
      expect(worstExcess(had, { burst: 500, perSecond: 100 })).toBeLessThanOrEqual(0.05 * 500);
    },
  );
});

/** How far what was had in the worst interval exceeds what it allows. */
function worstExcess(
  had: readonly { readonly atMs: number; readonly units: number }[],
  { burst, perSecond }: { burst: number; perSecond: number },
): number {
  // As a leaky bucket that lets everything in: how much higher than its rim it stands at worst.
  let [level, lastMs, worst] = [0, had[0]?.atMs ?? 0, 0];
  for (const { atMs, units } of had) {
    level = Math.max(0, level - ((atMs - lastMs) * perSecond) / 1_000) + units;
    lastMs = atMs;
    worst = Math.max(worst, level - burst);
  }
  return worst;
}

/** mulberry32: the same numbers for the same seed. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
