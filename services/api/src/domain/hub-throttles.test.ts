import { expect, test } from '@jest/globals';
import type { HubLimits, Throttle, ThrottleRefusal } from '@linchpin/wire';
import { HubThrottles } from './hub-throttles.js';

const limits: HubLimits = { sku: 'S1', units: 2, unlimited: false };
const hub = { hub: 'h', hubGeneration: '7', limits };

function setUp(refusal?: ThrottleRefusal) {
  const opened: { name: string; kind: string; perSecond: number; units: number }[] = [];
  const closed: string[] = [];
  const budgets = {
    close: (name: string) => closed.push(name),
    open: (name: string, kind: string, { perSecond }: Throttle) => ({
      wait: (units: number, onTurn: (refused?: typeof refusal) => void) => {
        opened.push({ name, kind, perSecond, units });
        onTurn(refusal);
      },
    }),
  };
  return { opened, closed, throttles: new HubThrottles(budgets, 2) };
}

test('an operation is charged to its hub and class, a bulk operation by its rows', async () => {
  const { opened, throttles } = setUp();
  await throttles.charge(hub, 'registry');
  await throttles.charge(hub, 'registry', 100);
  await throttles.charge(hub, 'registry', 0);
  expect(opened).toEqual([
    { name: 'h/7/registry', kind: 'registry', perSecond: 200 / 60, units: 1 },
    { name: 'h/7/registry', kind: 'registry', perSecond: 200 / 60, units: 100 },
  ]);
});

test('a hub without limits is charged nothing', async () => {
  const { opened, throttles } = setUp();
  await throttles.charge({ ...hub, limits: { ...limits, unlimited: true } }, 'registry');
  expect(opened).toEqual([]);
});

test.each([
  ['spent', 'ThrottlingException'],
  ['backlog', 'ThrottleBacklogLimitExceeded'],
  ['late', 'ThrottlingBacklogTimeout'],
] as const)('%s is %s, and says when to come back', async (reason, code) => {
  const { throttles } = setUp({ reason, retryAfterMs: 600 });
  await expect(throttles.charge(hub, 'queries')).rejects.toMatchObject({
    code,
    retryAfterMs: 600,
  });
});

test('a refusal says the limit', async () => {
  const { throttles } = setUp({ reason: 'spent', retryAfterMs: 600 });
  await expect(throttles.charge(hub, 'registry')).rejects.toThrow(
    'The hub has spent its limit for registry: 200 a minute (S1, units: 2).',
  );
});

test('of many hubs those that asked last stay open', async () => {
  const { closed, throttles } = setUp();
  for (const name of ['h1', 'h2', 'h1', 'h3', 'h1', 'h2']) {
    await throttles.charge({ ...hub, hub: name }, 'registry');
  }
  expect(closed).toEqual(['h2/7/registry', 'h3/7/registry']);
});

test('a message is charged to the day by the chunks that it begins', async () => {
  const { opened, throttles } = setUp();
  const now = new Date('2026-02-01T23:59:59Z');
  await throttles.chargeMessage(hub, 0, now);
  await throttles.chargeMessage(hub, 4_097, now);
  await throttles.chargeMessage({ ...hub, limits: { ...limits, unlimited: true } }, 1, now);
  const name = 'h/7/messages/2026-02-01';
  expect(opened).toEqual([
    { name, kind: 'messages', perSecond: 0, units: 1 },
    { name, kind: 'messages', perSecond: 0, units: 2 },
  ]);
});

test('a day that is spent is IotHubQuotaExceeded', async () => {
  const { throttles } = setUp({ reason: 'spent', retryAfterMs: undefined });
  await expect(throttles.chargeMessage(hub, 1, new Date())).rejects.toMatchObject({
    code: 'IotHubQuotaExceeded',
    retryAfterMs: undefined,
  });
});
