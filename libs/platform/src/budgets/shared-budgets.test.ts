import { expect, test } from '@jest/globals';
import { createMetrics } from '../metrics/metrics.js';
import { FakeBudgetStore } from './budget-store.fake.js';
import { FakeClock } from './clock.fake.js';
import { SharedBudgets } from './shared-budgets.js';

const terms = { capacity: 10, perSecond: 0, queueMs: 0 };

function setUp() {
  const clock = new FakeClock();
  const store = new FakeBudgetStore(() => clock.nowMs());
  const ignore = (): void => undefined;
  const told = { onFailure: ignore, onRecovery: ignore };
  return { clock, store, budgets: new SharedBudgets({ store, process: 'p1', clock, ...told }) };
}

test('one budget for one name, and new terms hold for whoever has it', async () => {
  const { budgets, clock } = setUp();
  const budget = budgets.open('h/messages', 'messages', terms);
  const reasons: (string | undefined)[] = [];
  budget.wait(11, (refusal) => reasons.push(refusal?.reason));
  expect(budgets.open('h/messages', 'messages', { ...terms, capacity: 20 })).toBe(budget);
  budget.wait(11, (refusal) => reasons.push(refusal?.reason));
  await clock.advance(0);
  expect(reasons).toEqual(['spent', undefined]);
  expect(await budgets.spent('h/messages')).toBe(11);
});

test('a budget that is closed lets through who waits, and is opened anew', async () => {
  const { budgets, store, clock } = setUp();
  store.onLease = () => new Promise(() => undefined);
  const budget = budgets.open('h/messages', 'messages', terms);
  const turns: unknown[] = [];
  budget.wait(1, (refusal) => turns.push(refusal));
  budgets.close('h/messages');
  expect(turns).toEqual([undefined]);
  expect(budgets.open('h/messages', 'messages', terms)).not.toBe(budget);
  await clock.advance(0);
});

test('a stop takes no longer than a second, whatever the store does', async () => {
  const { budgets, store, clock } = setUp();
  store.onLease = () => new Promise(() => undefined);
  const turns: unknown[] = [];
  budgets.open('a', 'messages', terms).wait(1, (refusal) => turns.push(refusal));
  const stopped = budgets.stop();
  expect(turns).toEqual([undefined]);
  await clock.advance(1_000);
  await stopped;
});

test('is counted by class and by nothing else', async () => {
  const { budgets, clock } = setUp();
  const metrics = createMetrics('test');
  budgets.addMetrics(metrics);
  for (const name of ['h1/messages', 'h2/messages']) {
    const budget = budgets.open(name, 'messages', terms);
    budget.wait(10, () => undefined);
    budget.wait(1, () => undefined);
  }
  await clock.advance(0);
  budgets.open('h1/messages', 'messages', terms).giveBack(10);
  const text = await metrics.metrics();
  const lines = text.split('\n').filter((line) => line.startsWith('linchpin_limits_'));
  const labels = 'service="test"';
  expect(lines).toEqual([
    `linchpin_limits_requests_total{class="messages",outcome="accepted",${labels}} 2`,
    `linchpin_limits_requests_total{class="messages",outcome="delayed",${labels}} 0`,
    `linchpin_limits_requests_total{class="messages",outcome="given-back",${labels}} 1`,
    `linchpin_limits_requests_total{class="messages",outcome="refused",${labels}} 2`,
    `linchpin_limits_leases_total{class="messages",outcome="answered",${labels}} 2`,
    `linchpin_limits_leases_total{class="messages",outcome="failed",${labels}} 0`,
  ]);
});
