import { expect, test } from '@jest/globals';

import type { SkuName } from './hub-limits.js';
import {
  dailyMessagesMax,
  dailyQuotaName,
  dailyQuotaOf,
  meterBytes,
  meterMessage,
  quotaDay,
} from './quotas.js';

test.each<[SkuName, daily: number, meter: number]>([
  ['F1', 8_000, 512],
  ['B1', 400_000, 4_096],
  ['S1', 400_000, 4_096],
  ['B2', 6_000_000, 4_096],
  ['S2', 6_000_000, 4_096],
  ['B3', 300_000_000, 4_096],
  ['S3', 300_000_000, 4_096],
])('%s: %p messages of %p bytes a day and unit', (sku, daily, meter) => {
  expect(dailyMessagesMax({ sku, units: 1, unlimited: false })).toBe(daily);
  expect(dailyMessagesMax({ sku, units: 7, unlimited: true })).toBe(7 * daily);
  expect(meterBytes({ sku, units: 1, unlimited: false })).toBe(meter);
});

test.each([
  [0, 4_096, 1],
  [1, 4_096, 1],
  [4_096, 4_096, 1],
  [4_097, 4_096, 2],
  [Math.round(4.1 * 1_024), 4_096, 2],
  [262_144, 4_096, 64],
  [512, 512, 1],
  [513, 512, 2],
])('%p bytes in chunks of %p count as %p', (bytes, chunk, count) => {
  expect(meterMessage(bytes, chunk)).toBe(count);
});

test('a quota does not refill, and a hub without limits has none', () => {
  const limits = { sku: 'S1', units: 2, unlimited: false } as const;
  expect(dailyQuotaOf(limits)).toEqual({ perSecond: 0, capacity: 800_000, queueMs: 0 });
  expect(dailyQuotaOf({ ...limits, unlimited: true })).toBeUndefined();
  const hub = { hub: 'h', hubGeneration: '7' };
  expect(dailyQuotaName(hub, '2026-11-25')).toBe('h/7/messages/2026-11-25');
});

test('a day begins at 00:00 UTC', () => {
  expect(quotaDay(new Date('2026-11-25T23:59:59.999Z'))).toBe('2026-11-25');
  expect(quotaDay(new Date('2026-11-26T00:00:00.000Z'))).toBe('2026-11-26');
});
