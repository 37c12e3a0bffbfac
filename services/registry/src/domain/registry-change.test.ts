import { describe, expect, test } from '@jest/globals';
import type { Authentication } from './authentication.js';
import { identityUpdated } from './registry-change.js';
import { identityContent, moduleContent, sampleKeys } from './samples.fake.js';

const [keyA, keyB, keyC] = sampleKeys;
const sas = (primaryKey: string, secondaryKey: string): Authentication => ({
  type: 'sas',
  primaryKey,
  secondaryKey,
});
const selfSigned = (
  primaryThumbprint: string | undefined,
  secondaryThumbprint?: string,
): Authentication => ({ type: 'selfSigned', primaryThumbprint, secondaryThumbprint });
const none: Authentication = { type: 'none' };
const sha1 = 'AB'.repeat(20);

describe('what an update revokes', () => {
  test.each<[string, Authentication, Authentication, string[]]>([
    ['nothing when nothing changes', sas(keyA, keyB), sas(keyA, keyB), []],
    ['the key that changes', sas(keyA, keyB), sas(keyC, keyB), ['device/primary']],
    [
      'both keys that change places',
      sas(keyA, keyB),
      sas(keyB, keyA),
      ['device/primary', 'device/secondary'],
    ],
    [
      'keys when the type changes',
      sas(keyA, keyB),
      selfSigned(sha1),
      ['device/primary', 'device/secondary'],
    ],
    [
      'the thumbprint that goes',
      selfSigned(sha1, sha1),
      selfSigned(sha1),
      ['thumbprint/secondary'],
    ],
    [
      'no thumbprint that is only spelled anew',
      selfSigned(sha1),
      selfSigned('ab:'.repeat(19) + 'ab'),
      [],
    ],
    [
      'thumbprints when the type changes',
      selfSigned(undefined, sha1),
      none,
      ['thumbprint/secondary'],
    ],
    ['nothing of what had nothing', none, sas(keyA, keyB), []],
  ])('%s', (_what, before, after, revokedCredentialIds) => {
    const change = identityUpdated(
      'hub1',
      identityContent({ authentication: before }),
      identityContent({ authentication: after }),
    );
    expect(change).toMatchObject({ kind: 'identityUpdated', revokedCredentialIds, enabled: true });
  });

  test("names a module's keys as its own", () => {
    const change = identityUpdated(
      'hub1',
      moduleContent({ authentication: sas(keyA, keyB) }),
      moduleContent({ authentication: sas(keyA, keyC) }),
    );
    expect(change).toMatchObject({ moduleId: 'm1', revokedCredentialIds: ['module/secondary'] });
  });
});

test('tells of a device that is disabled, and never of a key', () => {
  const change = identityUpdated(
    'hub1',
    identityContent(),
    identityContent({ status: 'disabled', authentication: sas(keyB, keyC) }),
  );
  expect(change).toMatchObject({ hub: 'hub1', deviceId: 'd1', enabled: false });
  expect(JSON.stringify(change)).not.toMatch(/AAECAw|ICEiIy|QEFCQ0/);
});
