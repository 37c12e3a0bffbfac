import { expect, test } from '@jest/globals';
import type { SkuName } from '@linchpin/wire';
import { isInTier } from './operation-tier.js';
import type { Operation } from './operations.js';

test.each<[path: string, sku: SkuName, unlimited: boolean, expected: boolean]>([
  ['/twins/{deviceId}', 'B1', false, false],
  ['/twins/{deviceId}/methods', 'B3', false, false],
  ['/twins/{deviceId}', 'B1', true, true],
  ['/twins/{deviceId}', 'S1', false, true],
  ['/twins/{deviceId}', 'F1', false, true],
  ['/devices/{deviceId}', 'B2', false, true],
  ['/devices/{deviceId}/commands', 'B2', false, false],
  ['/devices/{deviceId}/modules/{moduleId}/messages/deviceBound', 'B1', false, false],
  ['/devices/{deviceId}/modules/{moduleId}', 'B1', false, true],
  ['/messages/serviceBound/feedback/{lockToken}', 'B1', false, false],
  ['/jobs/{jobId}', 'B2', false, true],
  ['/jobs/v2', 'B2', false, false],
])('%s in %s (unlimited: %p): %p', (path, sku, unlimited, expected) => {
  const limits = { sku, units: 1, unlimited };
  expect(isInTier({ path } as Operation, limits)).toBe(expected);
});
