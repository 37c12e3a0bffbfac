import { expect, test } from '@jest/globals';
import { errorShapeOf } from './error-answer.js';
import { parseRequestTarget } from './request-target.js';

test.each([
  ['/devices/d1', 'legacy'],
  ['/configurations', 'legacy'],
  ['/jobs', 'legacy'],
  ['/jobs/v2', 'nested'],
  ['/jobs/v2/j1', 'nested'],
  ['/Jobs/V2/query', 'nested'],
  ['/statistics/devices', 'legacy'],
  ['/twins/d1', 'nested'],
  ['/TWINS/d1/methods', 'nested'],
  ['/twinsets', 'legacy'],
  ['/digitaltwins/d1', 'nested'],
  ['/subscriptions/s', 'arm'],
  ['/', 'legacy'],
])('an error on %s has the shape %s', (path, shape) => {
  expect(errorShapeOf(parseRequestTarget(path).segments)).toBe(shape);
});
