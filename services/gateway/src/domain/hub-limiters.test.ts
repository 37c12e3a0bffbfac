import { expect, test } from '@jest/globals';
import type { HubLimits } from '@linchpin/wire';
import { FakeBudgets } from './budgets.fake.js';
import { fakeLimiters } from './hub-limiters.fake.js';

const limits: HubLimits = { sku: 'S1', units: 1, unlimited: false };
const first = { hub: 'h', hubGeneration: '7' };
const second = { hub: 'h', hubGeneration: '8' };

test('a hub is found by each name under which somebody was let in, until it is deleted', () => {
  const limiters = fakeLimiters();
  const limiter = limiters.learn(first, limits, 'h.example.net');
  expect(limiters.learn(first, limits, 'alias.example.net')).toBe(limiter);
  const names = ['h.example.net', 'alias.example.net', 'other.example.net'];
  expect(names.map((name) => limiters.findByHost(name))).toEqual([limiter, limiter, undefined]);
  limiters.learn({ hub: 'other', hubGeneration: '9' }, limits, 'other.example.net');
  limiters.remove(first);
  expect(names.map((name) => limiters.findByHost(name)?.hub.hub)).toEqual([
    undefined,
    undefined,
    'other',
  ]);
});

test('one that is made again under its name has spent nothing', () => {
  const budgets = new FakeBudgets();
  const limiters = fakeLimiters(budgets);
  limiters.learn(first, limits, 'h.example.net');
  budgets.get('h/7/messages/2026-11-25').atHand = 0;
  const limiter = limiters.learn(second, limits, 'h.example.net');
  expect([limiter.spendMessage(1), limiters.findByHost('h.example.net')]).toEqual([true, limiter]);
  limiters.update(first, { ...limits, units: 3 });
  expect(budgets.get('h/8/messages/2026-11-25').terms.capacity).toBe(400_000);
  limiters.update(second, { ...limits, units: 2 });
  expect(budgets.get('h/8/messages/2026-11-25').terms.capacity).toBe(800_000);
  limiters.remove(first);
  expect(limiters.findByHost('h.example.net')).toBe(limiter);
  limiters.remove(second);
  expect(budgets.names).toEqual([]);
});
