import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { CuttableProxy, testEngines } from '@linchpin/testing';
import { pino } from 'pino';
import { FakeBudgetStore } from '../src/budgets/budget-store.fake.js';
import { FakeClock } from '../src/budgets/clock.fake.js';
import { RedisBudgetStore } from '../src/budgets/index.js';
import { openRedis } from '../src/redis/index.js';
import { budgetStoreContract } from './budget-store.contract.js';

const redis = openRedis(testEngines().redisUrl, pino({ level: 'silent' }));
const prefix = `${randomUUID()}:`;
/** Nobody waits any more by then. */
const lateByMs = 100;

beforeAll(async () => {
  await redis.connect();
});

afterAll(async () => {
  await redis.quit();
});

budgetStoreContract('RedisBudgetStore', () => ({
  store: new RedisBudgetStore(redis, prefix),
  pass: age,
}));

/** Makes what Redis keeps older, which is the same as time that passes. */
async function age(ms: number): Promise<void> {
  for (const key of await redis.keys(`${prefix}budget:*`)) {
    const { level = '', ...timed } = await redis.hgetall(key);
    const aged = Object.entries(timed).map(
      ([name, value]) => [name, value.replace(/\d+$/, (time) => `${Number(time) - ms}`)] as const,
    );
    await redis.hset(key, { level, ...Object.fromEntries(aged) });
  }
}

const clock = new FakeClock();
const fake = new FakeBudgetStore(() => clock.nowMs());
budgetStoreContract('FakeBudgetStore', () => ({ store: fake, pass: (ms) => clock.advance(ms) }));

test('what Redis comes to after its time is not done: a stall costs nothing', async () => {
  const { proxy, url } = await CuttableProxy.before(testEngines().redisUrl);
  const stalling = openRedis(url, pino({ level: 'silent' }));
  await stalling.connect();
  const store = new RedisBudgetStore(stalling, prefix);
  const units = { want: 5, waiting: 0, returned: -10 };
  const ask = {
    budget: 'stalled',
    process: 'p',
    terms: { capacity: 1_000, perSecond: 0 },
    ...units,
  };
  expect(await store.lease(ask)).toMatchObject({ granted: 5, free: 985 });
  proxy.hold('evalsha');
  const late = await Promise.allSettled([store.lease(ask), store.lease(ask), store.lease(ask)]);
  expect(late.map(({ status }) => status)).toEqual(Array(3).fill('rejected'));
  await setTimeout(lateByMs);
  proxy.letGo();
  expect(await store.spent('stalled')).toBe(15);
  expect(await store.lease(ask)).toMatchObject({ granted: 5, free: 970 });
  stalling.disconnect();
  await proxy.cut();
}, 15_000);

test('a clock of Redis that is set back keeps no wish alive, and takes nothing away', async () => {
  const ask = { budget: 'set-back', process: 'p', terms: { capacity: 10, perSecond: 100 } };
  const ahead = Date.now() + 3_600_000;
  const key = `${prefix}budget:set-back`;
  await redis.hset(key, { level: '5', at: `${ahead}`, 'p:dead': `1000 ${ahead}` });
  const lease = await new RedisBudgetStore(redis, prefix).lease({
    ...ask,
    ...{ want: 5, waiting: 5, returned: 0 },
  });
  expect(lease).toEqual({ granted: 5, free: 0, waitingElsewhere: 0, processes: 1 });
});

test('a budget that nobody touches is forgotten when it is full again', async () => {
  const terms = { capacity: 10, perSecond: 100 };
  const units = { want: 5, waiting: 0, returned: 0 };
  await new RedisBudgetStore(redis, prefix).lease({ budget: 'b', process: 'p', terms, ...units });
  expect(await redis.keys(`${prefix}budget:b`)).toHaveLength(1);
  const leftMs = await redis.pttl(`${prefix}budget:b`);
  expect(leftMs).toBeGreaterThan(0);
  expect(leftMs).toBeLessThanOrEqual(3_100);
});
