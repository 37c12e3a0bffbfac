import { expect, test } from '@jest/globals';
import { readHubLimits } from './hub-limits.js';

test('limits are taken as another service names them', () => {
  const given = { sku: 'S2', units: 3, unlimited: false, newer: 'member' };
  expect(readHubLimits(given)).toEqual({ sku: 'S2', units: 3, unlimited: false });
});

test('limits that are missing or of an unknown tier are a fault', () => {
  expect(() => readHubLimits(undefined)).toThrow('limits of the tier ""');
  expect(() => readHubLimits({ sku: 'S9', units: 1, unlimited: false })).toThrow('"S9"');
});
