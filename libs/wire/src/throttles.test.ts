import { describe, expect, test } from '@jest/globals';

import type { HubLimits, SkuName } from './hub-limits.js';
import { httpStatusOf } from './error-table.js';
import { throttleErrors, throttleOf, throttles, type ThrottleClass } from './throttles.js';

const tiers: readonly (readonly SkuName[])[] = [
  ['F1', 'B1', 'S1'],
  ['B2', 'S2'],
  ['B3', 'S3'],
];

/** As the table of section 10 has them: one unit, then ten, of each column. */
const documented: Record<ThrottleClass, readonly (readonly [one: number, ten: number])[]> = {
  registry: perMinute([100, 1_000], [100, 1_000], [5_000, 50_000]),
  connections: [
    [100, 120],
    [120, 1_200],
    [6_000, 60_000],
  ],
  telemetry: [
    [100, 120],
    [120, 1_200],
    [6_000, 60_000],
  ],
  commandSends: perMinute([100, 1_000], [100, 1_000], [5_000, 50_000]),
  commandReceives: perMinute([1_000, 10_000], [1_000, 10_000], [50_000, 500_000]),
  fileUploads: perMinute([100, 1_000], [100, 1_000], [5_000, 50_000]),
  methodBytes: [
    [163_840, 1_638_400],
    [491_520, 4_915_200],
    [25_165_824, 251_658_240],
  ],
  queries: perMinute([20, 200], [20, 200], [1_000, 10_000]),
  twinReads: [
    [100, 100],
    [100, 100],
    [500, 5_000],
  ],
  twinUpdates: [
    [50, 50],
    [50, 50],
    [250, 2_500],
  ],
  jobs: perMinute([100, 1_000], [100, 1_000], [5_000, 50_000]),
  jobDeviceOperations: [
    [10, 10],
    [10, 10],
    [50, 500],
  ],
  configurations: perMinute([20, 200], [20, 200], [20, 200]),
  streams: [
    [5, 5],
    [5, 5],
    [5, 5],
  ],
};

const cells = Object.entries(documented).flatMap(([name, columns]) =>
  columns.flatMap(([one, ten], column) =>
    (tiers[column] ?? []).flatMap((sku) => [
      { name, sku, units: 1, perSecond: one },
      { name, sku, units: 10, perSecond: ten },
    ]),
  ),
);

describe('throttleOf', () => {
  test.each(cells)('$name of $units × $sku: $perSecond a second', (cell) => {
    const { name, sku, units, perSecond } = cell;
    const throttle = throttleOf(name as ThrottleClass, { sku, units, unlimited: false });
    expect(throttle?.perSecond).toBeCloseTo(perSecond, 6);
    expect(throttle?.capacity).toBeCloseTo(60 * perSecond, 6);
  });

  test('from where on units count: 200 of S1 and of S2', () => {
    const limits: HubLimits = { sku: 'S1', units: 200, unlimited: false };
    expect(throttleOf('telemetry', limits)?.perSecond).toBe(2_400);
    expect(throttleOf('twinReads', limits)?.perSecond).toBe(100);
    expect(throttleOf('twinReads', { ...limits, sku: 'S2' })?.perSecond).toBe(2_000);
    expect(throttleOf('twinUpdates', { ...limits, sku: 'S2' })?.perSecond).toBe(1_000);
    expect(throttleOf('jobDeviceOperations', { ...limits, sku: 'S2' })?.perSecond).toBe(200);
  });

  test('operations of the registry do not wait; all others do, less than an SDK would', () => {
    const limits: HubLimits = { sku: 'S1', units: 1, unlimited: false };
    const names = Object.keys(throttles) as ThrottleClass[];
    const unqueued = names.filter((name) => throttleOf(name, limits)?.queueMs === 0);
    expect(unqueued).toEqual(['registry']);
    expect(throttleOf('telemetry', limits)?.queueMs).toBeLessThan(25_000);
  });

  test('a hub without limits has no throttle', () => {
    expect(throttleOf('telemetry', { sku: 'F1', units: 1, unlimited: true })).toBeUndefined();
  });
});

test('every refusal is a 429', () => {
  const codes = Object.values(throttleErrors);
  expect(codes.map(httpStatusOf)).toEqual(codes.map(() => 429));
});

function perMinute(
  ...columns: readonly (readonly [one: number, ten: number])[]
): (readonly [one: number, ten: number])[] {
  return columns.map(([one, ten]) => [one / 60, ten / 60]);
}
