import { expect, test } from '@jest/globals';

import { HubError } from './hub-error.js';

test('a HubError knows its number and HTTP status', () => {
  const error = new HubError('DeviceNotFound', 'No such device.');
  expect(error).toBeInstanceOf(Error);
  expect(String(error)).toBe('HubError: No such device.');
  expect([error.code, error.number, error.httpStatus]).toEqual(['DeviceNotFound', 404001, 404]);
});

test('it keeps its cause, the time to wait and the facts', () => {
  const cause = new Error('connection refused');
  const error = new HubError('ThrottlingException', 'Too fast.', {
    cause,
    retryAfterMs: 500,
    details: { limit: 100 },
  });
  expect([error.cause, error.retryAfterMs, error.details]).toEqual([cause, 500, { limit: 100 }]);
});

test('without a cause it has none, not an undefined one', () => {
  expect(new HubError('DeviceNotFound', 'No such device.')).not.toHaveProperty('cause');
});

test.each([
  [undefined, undefined],
  ['expired', 'expired'],
  [new Error('refused'), 'refused'],
  [new Error('outer', { cause: new HubError('DeviceNotFound', 'inner') }), 'inner'],
  [new Error('outer', { cause: 'why' }), 'why'],
  [{ code: 7 }, undefined],
  [new Error('outer', { cause: { code: 7 } }), 'outer'],
])('of the cause %p the log says %p', (cause, text) => {
  expect(new HubError('IotHubUnauthorizedAccess', 'No access.', { cause }).causeText).toBe(text);
});
