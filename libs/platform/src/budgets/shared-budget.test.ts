import { describe, expect, test } from '@jest/globals';
import {
  daily,
  hundredASecond,
  load,
  randomOf,
  unqueued,
  World,
  type SpendingProcess,
} from './budget-world.fake.js';

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

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

  test('of large ones that come while a lease is under way all are had that fit, another process or not', async () => {
    const world = new World({ ...daily, capacity: 8_000 });
    const [one, two] = [world.process('p1'), world.process('p2')];
    two.want(500);
    await world.clock.advance(0);
    world.store.onLease = () => new Promise((resolve) => world.clock.after(20, resolve));
    for (let message = 0; message < 16; message++) {
      one.want(500);
      await world.clock.advance(3);
    }
    await world.clock.advance(100);
    expect([one.had.length, one.refusals.length]).toEqual([15, 1]);
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
    expect(process.budget.refusalOf(1)).toBeUndefined();
    process.want(1, 400);
    expect(process.budget.refusalOf(1)).toMatchObject({ reason: 'backlog' });
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

test('turns that are all given back are one loop, however many there are', async () => {
  const world = new World({ ...hundredASecond, capacity: 1, queueMs: 10_000_000 });
  const { budget } = world.process('p1');
  let turns = 0;
  const waitInVain = (): void => {
    for (let count = 0; count < 50_000; count++) {
      budget.wait(1, () => {
        turns += 1;
        budget.giveBack(1);
      });
    }
  };
  waitInVain();
  await world.clock.advance(0);
  expect(turns).toBe(50_000);
  budget.spend(1);
  waitInVain();
  await budget.stop();
  expect(turns).toBe(100_000);
});

test.each([0, -1, NaN])('nobody waits for %p units', (units) => {
  const { budget } = new World(hundredASecond).process('p1');
  expect(() => {
    budget.wait(units, () => undefined);
  }).toThrow('nothing to wait for');
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
