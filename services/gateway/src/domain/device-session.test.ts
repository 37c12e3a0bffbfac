import { expect, test } from '@jest/globals';
import { fakeGrant } from './authenticator.fake.js';
import { accessLeftMs } from './device-session.js';

const now = new Date('2026-02-01T10:00:00Z').getTime();
const expiresAt = new Date(now + 1_000);

test('device-mqtt 18: a token gives access five minutes longer than it says', () => {
  const grant = { ...fakeGrant, type: 'sas', expiresAt } as const;
  expect(accessLeftMs(grant, now)).toBe(301_000);
});

test('security-limits 17: a certificate gives access until it ends', () => {
  const grant = { ...fakeGrant, type: 'x509Certificate', expiresAt } as const;
  expect(accessLeftMs(grant, now)).toBe(1_000);
});

test('what has no end gives access without end', () => {
  expect(accessLeftMs({ ...fakeGrant, expiresAt: undefined }, now)).toBeUndefined();
});
