import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Authentication } from './authentication.js';
import {
  identityKeyCredential,
  policyKeyCredential,
  servicePolicyKeyCredential,
} from './credential-id.js';
import { neverConnected, type DeviceIdentity, type IdentityContent } from './device-identity.js';
import { defaultSettings, type HubSettings } from './hub-settings.js';
import { defaultKeptProperties } from './kept-properties.js';
import {
  hubUpdated,
  identityCreated,
  identityDeleted,
  identityUpdated,
  type RegistryChange,
} from './registry-change.js';
import { identityContent, moduleContent, sampleKeys } from './samples.fake.js';
import type { SharedAccessPolicy } from './shared-access-policy.js';

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
const authority: Authentication = { type: 'certificateAuthority' };
const sha1 = 'AB'.repeat(20);
const sha256 = 'CD'.repeat(32);

const hub1 = { hub: 'hub1', hubGeneration: '7' };
const stored = (members: Partial<IdentityContent>): DeviceIdentity => ({
  ...identityContent(members),
  ...neverConnected,
  etag: 'MQ==',
});

const ofDevice = (key: string): string => identityKeyCredential('hub1', identityContent(), key);

function revokedBy(change: RegistryChange): readonly string[] {
  return 'revokedCredentialIds' in change ? change.revokedCredentialIds : [];
}

describe('what the update of an identity revokes', () => {
  test.each<[string, Authentication, Authentication, string[]]>([
    ['nothing when nothing changes', sas(keyA, keyB), sas(keyA, keyB), []],
    ['the key that changes', sas(keyA, keyB), sas(keyC, keyB), [ofDevice(keyA)]],
    ['both keys', sas(keyA, keyB), sas(keyC, keyC), [ofDevice(keyA), ofDevice(keyB)]],
    ['no key that only changes its place', sas(keyA, keyB), sas(keyB, keyA), []],
    ['the key that another pushes out', sas(keyA, keyB), sas(keyC, keyA), [ofDevice(keyB)]],
    ['no key that the other place keeps', sas(keyA, keyA), sas(keyB, keyA), []],
    ['a key that both places lose, once', sas(keyA, keyA), sas(keyB, keyB), [ofDevice(keyA)]],
    [
      'keys when the type changes',
      sas(keyA, keyB),
      selfSigned(sha1),
      [ofDevice(keyA), ofDevice(keyB), 'device-sas'],
    ],
    [
      'the thumbprint that goes',
      selfSigned(sha1, sha256),
      selfSigned(sha1),
      [`thumbprint/${sha256}`],
    ],
    ['no thumbprint that only changes its place', selfSigned(sha1), selfSigned(sha256, sha1), []],
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
      [`thumbprint/${sha1}`],
    ],
    ['what an authority vouched for', authority, selfSigned(sha1), ['certificate-authority']],
    ['nothing of what an authority goes on to vouch for', authority, authority, []],
    ['nothing of what had nothing', none, sas(keyA, keyB), []],
  ])('%s', (_what, before, after, revoked) => {
    const change = identityUpdated(
      hub1,
      identityContent({ authentication: before }),
      stored({ authentication: after }),
    );
    expect(change).toMatchObject({ kind: 'identityUpdated', identity: { status: 'enabled' } });
    expect(revokedBy(change)).toEqual(revoked);
  });

  test("names a module's keys as its own", () => {
    const module = moduleContent({ authentication: sas(keyA, keyB) });
    const change = identityUpdated(hub1, module, { ...stored(module), authentication: none });
    expect(change).toMatchObject({
      identity: { moduleId: 'm1' },
      revokedCredentialIds: [
        identityKeyCredential('hub1', module, keyA),
        identityKeyCredential('hub1', module, keyB),
        'module-sas',
      ],
    });
  });
});

test('tells of a device that is disabled, and never of a key', () => {
  const change = identityUpdated(
    hub1,
    identityContent(),
    stored({ status: 'disabled', authentication: sas(keyB, keyC) }),
  );
  expect(change).toMatchObject({ ...hub1, identity: { deviceId: 'd1', status: 'disabled' } });
  expect(JSON.stringify(change)).not.toMatch(/AAECAw|ICEiIy|QEFCQ0/);
});

test('facts of an identity are told without keys and attributes', () => {
  const attributesJson = '{"secret":1}';
  const device = stored({ attributesJson, authentication: selfSigned(sha1, sha256) });

  expect(identityCreated(hub1, device)).toEqual({
    kind: 'identityCreated',
    ...hub1,
    identity: { ...device, attributesJson: undefined },
  });
  expect(JSON.stringify(identityCreated(hub1, stored({ attributesJson })))).not.toMatch(
    /secret|AAECAw|ICEiIy/,
  );
});

test('a device that goes says which modules went with it', () => {
  const module = moduleContent();

  expect(identityDeleted(hub1, identityContent(), [module])).toEqual({
    kind: 'identityDeleted',
    ...hub1,
    deviceId: 'd1',
    moduleId: undefined,
    generationId: identityContent().generationId,
    moduleGenerationIds: [module.generationId],
  });
});

describe('what the update of a hub revokes', () => {
  const policy = (
    primaryKey: string,
    secondaryKey: string,
    members: Partial<SharedAccessPolicy> = {},
  ): SharedAccessPolicy => ({ name: 'device', rights: 8, primaryKey, secondaryKey, ...members });
  const ofPolicy = (key: string, name = 'device'): string => policyKeyCredential('hub1', name, key);
  const ofService = (key: string, name = 'device'): string =>
    servicePolicyKeyCredential('hub1', name, key);
  const before = policy(keyA, keyB);

  function update(
    policies: readonly [readonly SharedAccessPolicy[], readonly SharedAccessPolicy[]],
    settings: readonly [Partial<HubSettings>, Partial<HubSettings>] = [{}, {}],
  ): RegistryChange {
    const [one, other] = [0, 1].map((index) => ({
      policies: policies[index]!,
      settings: { ...defaultSettings, ...settings[index] },
      kept: defaultKeptProperties,
    }));
    return hubUpdated(hub1, one!, other!);
  }

  test.each<[string, readonly SharedAccessPolicy[], readonly SharedAccessPolicy[], string[]]>([
    ['nothing when nothing changes', [before], [before], []],
    ['the key that is regenerated', [before], [policy(keyC, keyB)], [ofPolicy(keyA)]],
    ['no key that only changes its place', [before], [policy(keyB, keyA)], []],
    ['the keys of a policy that goes', [before], [], [ofPolicy(keyA), ofPolicy(keyB)]],
    [
      'the keys of a policy that may connect no device any more',
      [before],
      [policy(keyA, keyB, { rights: 7 })],
      [ofPolicy(keyA), ofPolicy(keyB)],
    ],
    ['nothing of other rights', [before], [policy(keyA, keyB, { rights: 15 })], []],
    ['nothing of a name in another letter case', [before], [{ ...before, name: 'DEVICE' }], []],
    ['nothing of a policy that connected nobody', [policy(keyA, keyB, { rights: 3 })], [], []],
    [
      'of a policy for back ends the key that is regenerated',
      [policy(keyA, keyB, { rights: 4 })],
      [policy(keyC, keyB, { rights: 4 })],
      [ofService(keyA)],
    ],
    [
      'of a policy for both what it may no more',
      [policy(keyA, keyB, { rights: 12 })],
      [before],
      [ofService(keyA), ofService(keyB)],
    ],
    ['nothing of a policy that comes', [before], [before, policy(keyA, keyB, { name: 'x' })], []],
    [
      'the keys of one policy, though another has them too',
      [before, policy(keyA, keyB, { name: 'x' })],
      [before],
      [ofPolicy(keyA, 'x'), ofPolicy(keyB, 'x')],
    ],
  ])('%s', (_what, one, other, revoked) => {
    expect(revokedBy(update([one, other]))).toEqual(revoked);
  });

  test.each<[string, Partial<HubSettings>, Partial<HubSettings>, string[]]>([
    ['policies turned off', {}, { disableLocalAuth: true }, ['local-auth']],
    ["devices' keys turned off", {}, { disableDeviceSas: true }, ['device-sas']],
    ["modules' keys turned off", {}, { disableModuleSas: true }, ['module-sas']],
    [
      'all at once',
      {},
      { disableLocalAuth: true, disableDeviceSas: true, disableModuleSas: true },
      ['local-auth', 'device-sas', 'module-sas'],
    ],
    ['policies turned on', { disableLocalAuth: true }, {}, []],
    ['policies that stay off', { disableLocalAuth: true }, { disableLocalAuth: true }, []],
    ['other settings', {}, { tags: { a: 'b' } }, []],
  ])('%s', (_what, one, other, revoked) => {
    expect(revokedBy(update([[before], [before]], [one, other]))).toEqual(revoked);
  });

  test('tells what holds from now on, and never a key', () => {
    const ipFilterRules = [{ filterName: 'no', action: 'Reject', ipMask: '0.0.0.0/0' }] as const;
    const change = update([[before], []], [{}, { ipFilterRules, disableDeviceSas: true }]);
    expect(change).toMatchObject({
      kind: 'hubUpdated',
      hub: 'hub1',
      hubGeneration: '7',
      settings: { ipFilterRules, disableDeviceSas: true },
      cloudToDevice: { defaultTtlSeconds: 3_600, purgeOnNewSubscription: false },
    });
    expect(JSON.stringify(change)).not.toMatch(/AAECAw|ICEiIy|QEFCQ0/);
  });

  test('is just what somebody could be proven by before and could not after', () => {
    const key = fc.constantFrom(...sampleKeys);
    const policies = fc.uniqueArray(
      fc.record({
        name: fc.constantFrom('a', 'b', 'c'),
        rights: fc.constantFrom(4, 8, 15),
        primaryKey: key,
        secondaryKey: key,
      }),
      { selector: ({ name }) => name },
    );
    const ids = (held: readonly SharedAccessPolicy[]): Set<string> =>
      new Set(
        [
          ...held
            .filter(({ rights }) => rights >= 8)
            .map(({ name, ...keys }) => ({
              ...keys,
              id: (of: string) => ofPolicy(of, name),
            })),
          ...held
            .filter(({ rights }) => rights !== 8)
            .map(({ name, ...keys }) => ({
              ...keys,
              id: (of: string) => ofService(of, name),
            })),
        ].flatMap(({ primaryKey, secondaryKey, id }) => [id(primaryKey), id(secondaryKey)]),
      );
    fc.assert(
      fc.property(policies, policies, (one, other) => {
        const after = ids(other);
        const expected = [...ids(one)].filter((id) => !after.has(id));
        expect([...revokedBy(update([one, other]))].sort()).toEqual(expected.sort());
      }),
    );
  });
});
