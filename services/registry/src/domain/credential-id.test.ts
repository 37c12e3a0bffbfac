import { describe, expect, test } from '@jest/globals';
import {
  identityKeyCredential,
  policyKeyCredential,
  servicePolicyKeyCredential,
  sasClassOf,
  thumbprintCredential,
} from './credential-id.js';
import { sampleKeys } from './samples.fake.js';

const [key, otherKey] = sampleKeys;
const device = { deviceId: 'd1', moduleId: undefined };
const module = { deviceId: 'd1', moduleId: 'm1' };

test('names say what kind of credential it is', () => {
  expect(identityKeyCredential('hub1', device, key)).toMatch(/^device-key\/[0-9a-f]{16}$/);
  expect(identityKeyCredential('hub1', module, key)).toMatch(/^module-key\/[0-9a-f]{16}$/);
  expect(policyKeyCredential('hub1', 'Owner', key)).toMatch(/^policy\/owner\/[0-9a-f]{16}$/);
  expect(servicePolicyKeyCredential('hub1', 'Owner', key)).toMatch(
    /^service-policy\/owner\/[0-9a-f]{16}$/,
  );
  expect(thumbprintCredential('ab:'.repeat(19) + 'ab')).toBe(`thumbprint/${'AB'.repeat(20)}`);
  expect([sasClassOf(device), sasClassOf(module)]).toEqual(['device-sas', 'module-sas']);
});

test('are the same for every spelling of one key, hub and policy', () => {
  const name = policyKeyCredential('Hub1', 'Owner', key);
  expect(policyKeyCredential('hub1', 'OWNER', key.replace('=', ''))).toBe(name);
});

describe('a key is not known again', () => {
  const names = [
    identityKeyCredential('hub1', device, key),
    identityKeyCredential('hub1', device, otherKey),
    identityKeyCredential('hub2', device, key),
    identityKeyCredential('hub1', { ...device, deviceId: 'D1' }, key),
    identityKeyCredential('hub1', { ...device, deviceId: 'm1' }, key),
    identityKeyCredential('hub1', module, key),
    policyKeyCredential('hub1', 'd1', key),
    policyKeyCredential('hub1', 'd1/m1', key),
  ].map((name) => name.slice(-16));

  test('of another owner, of another hub, or as another key', () => {
    expect(new Set(names).size).toBe(names.length);
  });

  test('nor read from its name', () => {
    const digest = Buffer.from(names[0]!, 'hex');
    expect(Buffer.from(key, 'base64').includes(digest)).toBe(false);
  });
});
