import { describe, expect, test } from '@jest/globals';
import { HoldingSpace } from '@linchpin/fairness';
import type { HubError, HubLimits } from '@linchpin/wire';
import { FakeBudgets } from './budgets.fake.js';
import { HubLimiter } from './hub-limiter.js';

const s1: HubLimits = { sku: 'S1', units: 1, unlimited: false };

function setUp(limits: HubLimits = s1) {
  const budgets = new FakeBudgets();
  const clock = { now: new Date('2026-11-25T23:59:59Z') };
  const limiter = new HubLimiter({ hub: 'h', hubGeneration: '7' }, limits, {
    budgets,
    now: () => clock.now,
    space: new HoldingSpace(1_000_000),
  });
  const quotaOf = (day: string) => budgets.get(`h/7/messages/${day}`);
  return { budgets, clock, limiter, quotaOf };
}

/** What a message that could not be sent at once hears. */
function codeOf(limiter: HubLimiter, bytes: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    limiter.waitForMessage(bytes, (error: HubError | undefined) => {
      resolve(error?.code);
      return error === undefined;
    });
  });
}

test('a hub without limits has no budgets', () => {
  const { limiter, budgets } = setUp({ ...s1, unlimited: true });
  expect([limiter.isUnlimited, budgets.names]).toEqual([true, []]);
});

test.each<[string, HubLimits, bytes: number, units: number]>([
  ['security-limits 24: 4.1 KB on S1', s1, 4_198, 2],
  ['4 KB on S1', s1, 4_096, 1],
  ['nothing on S1', s1, 0, 1],
  ['0.5 KB on F1', { ...s1, sku: 'F1' }, 512, 1],
  ['4.1 KB on F1', { ...s1, sku: 'F1' }, 4_198, 9],
])('%s counts so often for the day, and once for the rate', (_, limits, bytes, units) => {
  const { limiter, quotaOf, budgets } = setUp(limits);
  expect(limiter.spendMessage(bytes)).toBe(true);
  const { atHand, terms } = quotaOf('2026-11-25');
  expect(terms.capacity - atHand).toBe(units);
  const rate = budgets.get('h/7/telemetry');
  expect(rate.terms.capacity - rate.atHand).toBe(1);
});

test('a message that waits takes room beside its bytes', async () => {
  const { limiter, quotaOf } = setUp();
  quotaOf('2026-11-25').atHand = 0;
  const waiting = () => codeOf(limiter, 0);
  // Of a space of 1,000,000 bytes one hub has half.
  for (let message = 0; message < 488; message++) {
    void waiting();
  }

  expect(await waiting()).toBe('ThrottleBacklogLimitExceeded');
});

describe('the daily quota', () => {
  test('security-limits 25: exhausted it refuses, until 00:00 UTC', async () => {
    const { limiter, quotaOf, clock, budgets } = setUp();
    const quota = quotaOf('2026-11-25');
    quota.atHand = 1;
    expect([limiter.spendMessage(5_000), limiter.spendMessage(1)]).toEqual([false, true]);
    const refused = codeOf(limiter, 1);
    quota.refuse('spent');
    expect(await refused).toBe('IotHubQuotaExceeded');
    clock.now = new Date('2026-11-26T00:00:00Z');
    expect(limiter.spendMessage(1)).toBe(true);
    expect(quotaOf('2026-11-26').atHand).toBe(399_999);
    expect(budgets.names).not.toContain('h/7/messages/2026-11-25');
  });

  test('is that of today again when a clock that was ahead is set right', () => {
    const { limiter, clock, budgets } = setUp();
    clock.now = new Date('2027-11-26T00:00:00Z');
    expect(limiter.spendMessage(1)).toBe(true);
    clock.now = new Date('2026-11-25T00:00:00Z');
    expect(limiter.spendMessage(1)).toBe(true);
    expect(budgets.names.filter((name) => name.startsWith('h/7/messages/'))).toEqual([
      'h/7/messages/2026-11-25',
    ]);
  });

  test('does not count what the rate refuses', async () => {
    const { limiter, quotaOf, budgets } = setUp();
    const rate = budgets.get('h/7/telemetry');
    rate.atHand = 0;
    expect(limiter.spendMessage(5_000)).toBe(false);
    const refused = codeOf(limiter, 5_000);
    rate.refuse('backlog');
    expect(await refused).toBe('ThrottleBacklogLimitExceeded');
    expect(quotaOf('2026-11-25').atHand).toBe(400_000);
  });
});

test('a message that is not sent after all costs nothing, though a new day began', () => {
  const { limiter, quotaOf, clock, budgets } = setUp();
  const yesterday = quotaOf('2026-11-25');
  const rate = budgets.get('h/7/telemetry');
  rate.atHand = 0;
  limiter.waitForMessage(5_000, () => false);
  clock.now = new Date('2026-11-26T00:00:00Z');
  expect(limiter.spendMessage(1)).toBe(false);
  const today = quotaOf('2026-11-26');
  rate.give(1);
  expect([rate.atHand, today.atHand, yesterday.atHand]).toEqual([1, 400_000, Infinity]);
});

test('limits change while somebody waits: the new rate holds, or none', async () => {
  const { limiter, budgets } = setUp();
  budgets.get('h/7/telemetry').atHand = 0;
  const waiting = codeOf(limiter, 1);
  limiter.limits = { sku: 'S2', units: 2, unlimited: false };
  expect(budgets.get('h/7/telemetry').terms.perSecond).toBe(240);
  limiter.limits = { sku: 'S2', units: 2, unlimited: true };
  expect(await waiting).toBeUndefined();
  expect([limiter.isUnlimited, budgets.names]).toEqual([true, []]);
  limiter.limits = s1;
  expect([limiter.isUnlimited, budgets.names.length]).toEqual([false, 8]);
});

test('the same limits again leave budgets as they are', () => {
  const { limiter, budgets } = setUp();
  const before = budgets.get('h/7/telemetry').terms;
  limiter.limits = { ...s1 };
  expect(budgets.get('h/7/telemetry').terms).toBe(before);
});

describe("a back end's message to a device", () => {
  test('counts once for the rate of its kind, and for the day as telemetry does', async () => {
    const { limiter, quotaOf, budgets } = setUp();
    await limiter.admitCommand(4_198);
    const [day, rate] = [quotaOf('2026-11-25'), budgets.get('h/7/commandSends')];
    expect([day.terms.capacity - day.atHand, rate.terms.capacity - rate.atHand]).toEqual([2, 1]);
  });

  test.each([
    ['ThrottlingBacklogTimeout', 'h/7/commandSends', 'late'],
    ['IotHubQuotaExceeded', 'h/7/messages/2026-11-25', 'spent'],
  ] as const)('is refused with %s', async (code, name, reason) => {
    const { limiter, budgets } = setUp();
    budgets.get(name).atHand = 0;
    const admitted = limiter.admitCommand(1);
    await Promise.resolve();
    await Promise.resolve();
    budgets.get(name).refuse(reason);
    await expect(admitted).rejects.toMatchObject({ code });
  });

  test('goes through when the limits are lifted, and of a hub without limits', async () => {
    const { limiter, budgets } = setUp();
    budgets.get('h/7/commandSends').atHand = 0;
    const admitted = limiter.admitCommand(1);
    limiter.limits = { ...s1, unlimited: true };
    await admitted;
    await limiter.admitCommand(1);
    expect(budgets.names).toEqual([]);
  });
});

describe('messages that come at once', () => {
  test('security-limits 24: count one by one, for the day as for the rate', async () => {
    const { limiter, quotaOf, budgets } = setUp();
    await limiter.admitMessages([4_198, 1, 0]);
    const [day, rate] = [quotaOf('2026-11-25'), budgets.get('h/7/telemetry')];

    expect([day.terms.capacity - day.atHand, rate.terms.capacity - rate.atHand]).toEqual([4, 3]);
  });

  test('wait for their turn together', async () => {
    const { limiter, budgets } = setUp();
    const rate = budgets.get('h/7/telemetry');
    rate.atHand = 1;
    const admitted = limiter.admitMessages([1, 1]);
    expect(rate.waiting).toMatchObject([{ units: 2 }]);
    rate.give(1);

    await admitted;
    expect(rate.atHand).toBe(0);
  });

  test.each([
    ['ThrottlingBacklogTimeout', 'h/7/telemetry', 'late'],
    ['IotHubQuotaExceeded', 'h/7/messages/2026-11-25', 'spent'],
  ] as const)('are refused together with %s, and cost nothing', async (code, name, reason) => {
    const { limiter, budgets, quotaOf } = setUp();
    const day = quotaOf('2026-11-25');
    const left = day.atHand;
    const budget = budgets.get(name);
    const atHand = budget.atHand;
    budget.atHand = 1;
    const admitted = limiter.admitMessages([1, 1]);
    budget.refuse(reason);

    await expect(admitted).rejects.toMatchObject({ code });
    budget.atHand = atHand;
    expect(day.atHand).toBe(left);
  });

  test('take room while they wait, and give it back', async () => {
    const { limiter, quotaOf } = setUp();
    const day = quotaOf('2026-11-25');
    day.atHand = 0;
    // Of a space of 1,000,000 bytes one hub has half.
    const first = limiter.admitMessages([400_000]);
    const refused = { code: 'ThrottleBacklogLimitExceeded' };
    await expect(limiter.admitMessages([100_000])).rejects.toMatchObject(refused);
    day.give(200);
    await first;

    await limiter.admitMessages([100_000]);
  });

  test('of a new day cost its quota', async () => {
    const { limiter, quotaOf, clock } = setUp();
    clock.now = new Date('2026-11-26T00:00:00Z');
    await limiter.admitMessages([1]);
    const { terms, atHand } = quotaOf('2026-11-26');

    expect(terms.capacity - atHand).toBe(1);
  });

  test('of a hub without limits, and none at all, are let through', async () => {
    const { limiter, quotaOf } = setUp();
    const { terms, atHand } = quotaOf('2026-11-25');
    await limiter.admitMessages([]);
    expect(atHand).toBe(terms.capacity);
    limiter.limits = { ...s1, unlimited: true };

    await limiter.admitMessages([1]);
  });
});

test.each([
  ['admitReceive', 'commandReceives', 0],
  ['admitUpload', 'fileUploads', 1],
] as const)('%s costs one of %s, and %i of the day', async (admit, name, units) => {
  const { limiter, quotaOf, budgets } = setUp();
  await limiter[admit]();
  const [day, rate] = [quotaOf('2026-11-25'), budgets.get(`h/7/${name}`)];

  expect([rate.terms.capacity - rate.atHand, day.terms.capacity - day.atHand]).toEqual([1, units]);
});

test('security-limits 40: devices of a basic tier are sent nothing, and so receive nothing', async () => {
  const { limiter } = setUp({ ...s1, sku: 'B1' });

  await expect(limiter.admitReceive()).rejects.toMatchObject({
    code: 'OperationNotAvailableInCurrentTier',
  });
});

test('the end of an upload costs the day alone', async () => {
  const { limiter, quotaOf } = setUp();
  await limiter.admitUploadEnd();
  const { terms, atHand } = quotaOf('2026-11-25');

  expect(terms.capacity - atHand).toBe(1);
});
