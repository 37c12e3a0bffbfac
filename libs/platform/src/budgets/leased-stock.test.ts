import { describe, expect, test } from '@jest/globals';
import { daily, hundredASecond, load, unqueued, World } from './budget-world.fake.js';

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
    const returned = world.store.requests.reduce((sum, request) => sum + request.returned, 0);
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

describe('while the store is away', () => {
  test('why is told, and that it is back', async () => {
    const world = new World(hundredASecond);
    const process = world.process('p1');
    world.store.onLease = () => Promise.reject(new Error('a fault in the script'));
    await load(world, [[process, 50]], 3_000);
    expect(new Set(process.told)).toEqual(new Set(['Error: a fault in the script']));
    world.store.onLease = () => Promise.resolve();
    await load(world, [[process, 50]], 3_000);
    expect(process.told.filter((each) => each === 'back')).toHaveLength(1);
    expect(process.told.at(-1)).toBe('back');
  });

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

  test('its share of a limit that is changed meanwhile is no larger', async () => {
    const world = new World({ ...hundredASecond, capacity: 100 });
    const [one, two] = [world.process('p1'), world.process('p2')];
    const wishes = [
      [one, 200],
      [two, 200],
    ] as const;
    await load(world, wishes, 5_000);
    world.store.onLease = () => Promise.reject(new Error('refused'));
    await load(world, wishes, 1_000);
    for (const { budget } of [one, two]) {
      budget.terms = { ...hundredASecond, capacity: 100, perSecond: 50 };
    }
    await load(world, wishes, 1_000);
    const from = world.clock.nowMs();
    await load(world, wishes, 20_000);
    expect((one.unitsSince(from) + two.unitsSince(from)) / 20).toBeLessThan(55);
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

  test('a lease that comes after the end goes back as well', async () => {
    const world = new World(daily);
    const process = world.process('p1');
    world.store.onLease = () => new Promise((resolve) => world.clock.after(100, resolve));
    process.want(10);
    const stopped = process.budget.stop();
    expect(process.units).toBe(10);
    await world.clock.advance(200);
    await stopped;
    expect(await world.store.spent('b')).toBe(10);
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
