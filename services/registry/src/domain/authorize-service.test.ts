import { beforeEach, expect, test } from '@jest/globals';
import { createSasToken } from '@linchpin/auth';
import { ServiceAuthorizer, type AuthorizedService } from './authorize-service.js';
import { hubDefinition, identityContent, sampleKeys } from './samples.fake.js';
import { withSettings } from './credential-store.fake.js';
import type { AccessSettings } from './hub-settings.js';
import { inMemoryStores, type Stores } from './stores.fake.js';

const host = 'myhub.example.net';
const [primaryKey, secondaryKey, otherKey] = sampleKeys;
const now = new Date('2026-02-01T10:00:00Z');

let stores: Stores;
let authorizer: ServiceAuthorizer;

beforeEach(async () => {
  stores = inMemoryStores();
  authorizer = new ServiceAuthorizer({ store: stores.credentials, clock: () => now });
  await stores.hubs.insert(hubDefinition('MyHub', { hostNames: [host, 'alias'] }), [
    { name: 'Owner', rights: 15, primaryKey, secondaryKey },
    { name: 'reader', rights: 1, primaryKey: otherKey, secondaryKey: otherKey },
  ]);
  await stores.hubs.activate('MyHub');
  await stores.identities.insertDevice('MyHub', identityContent(), []);
});

interface TokenParts {
  readonly audience?: string;
  readonly key?: string;
  readonly policy?: string | undefined;
  readonly minutes?: number;
}

function token({ audience = host, key = primaryKey, minutes = 60, ...rest }: TokenParts = {}) {
  const policy = 'policy' in rest ? rest.policy : 'Owner';
  const expiresAt = new Date(now.getTime() + minutes * 60_000);
  return createSasToken({ audience, key, policy, expiresAt });
}

const hub = expect.objectContaining({ name: 'MyHub', hubGeneration: expect.any(String) });
const owner = { hub, policy: 'Owner', rights: 15 };

function authorize(text: string, path: string): Promise<AuthorizedService> {
  const client = { address: '192.0.2.1', tlsVersion: '1.2' } as const;
  return authorizer.authorize({ token: text, path, client });
}

test.each<[string, string, string]>([
  ['with the primary key', token(), '/devices/d1'],
  ['security-limits 4: with the secondary key', token({ key: secondaryKey }), '/devices/d1'],
  ['for another host name of the hub', token({ audience: 'alias' }), '/devices/d1'],
  ['security-limits 2: for the host in upper case', token({ audience: host.toUpperCase() }), '/'],
  ['with the policy in another letter case', token({ policy: 'OWNER' }), '/'],
  ['security-limits 5: expired by a minute', token({ minutes: -1 }), '/devices'],
  ['for what the request asks', token({ audience: `${host}/devices` }), '/devices/d1'],
  ['for just that', token({ audience: `${host}/devices/d1` }), '/devices/d1'],
])('a token %s gives access', async (_what, text, path) => {
  expect(await authorize(text, path)).toMatchObject(owner);
});

test('says what the policy may', async () => {
  const text = token({ policy: 'reader', key: otherKey });
  expect(await authorize(text, '/devices')).toMatchObject({ hub, policy: 'reader', rights: 1 });
});

test('says how long it lasts, and what ends it before', async () => {
  const byPrimary = await authorize(token({ policy: 'OWNER', minutes: 30 }), '/');
  expect(byPrimary).toEqual({
    ...owner,
    expiresAt: new Date(now.getTime() + 30 * 60_000),
    credentialIds: [expect.stringMatching(/^service-policy\/owner\/[\da-f]{16}$/), 'local-auth'],
  });
  const bySecondary = await authorize(token({ key: secondaryKey }), '/');
  expect(bySecondary.credentialIds[0]).not.toBe(byPrimary.credentialIds[0]);
});

test.each<[string, string, string?]>([
  ['security-limits 1: empty', ''],
  ['security-limits 15: garbage', 'garbage'],
  ['of another scheme', 'Bearer eyJhbGciOiJub25lIn0.e30.'],
  ['security-limits 5: expired by an hour', token({ minutes: -60 })],
  ['security-limits 6: of an unknown policy', token({ policy: 'nobody' })],
  ['security-limits 6: for another host', token({ audience: 'other.example.net' })],
  ['signed by another', token({ key: otherKey })],
  [
    "security-limits 10: of a device's own",
    token({ policy: undefined, audience: `${host}/devices/d1`, key: sampleKeys[0] }),
  ],
  ['for another path', token({ audience: `${host}/devices` }), '/messages/devicebound'],
  ['for a path that only begins alike', token({ audience: `${host}/devices` }), '/devicesx'],
  ['for the other case of an id', token({ audience: `${host}/devices/D1` }), '/devices/d1'],
])(
  'a token that is %s is refused, in the same words',
  async (_what, text, path = '/devices/d1') => {
    await expect(authorize(text, path)).rejects.toMatchObject({
      code: 'IotHubUnauthorizedAccess',
      message: 'The shared access signature does not give access to this hub.',
      cause: expect.anything(),
    });
  },
);

test.each([
  ['a wrong host name', token({ audience: 'typo.example.net' }), 'no active hub has the host name'],
  ['a wrong policy', token({ policy: 'nobody' }), 'the hub has no policy of that name'],
  ['a wrong key', token({ key: otherKey }), 'no key of the policy has signed the token'],
])('the log alone is told of %s', async (_what, text, cause) => {
  await expect(authorize(text, '/devices')).rejects.toMatchObject({ cause });
});

test('nothing of a hub that is being deleted gives access', async () => {
  await stores.hubs.markDeleting('MyHub');
  await expect(authorize(token(), '/devices')).rejects.toMatchObject({
    code: 'IotHubUnauthorizedAccess',
  });
});

test.each<[string, Partial<AccessSettings>]>([
  ['security-limits 14: tokens of policies are turned off', { disableLocalAuth: true }],
  [
    'security-limits 22: the IP filter rejects the address',
    {
      ipFilterRules: [
        { filterName: 'here', action: 'Accept', ipMask: '198.51.100.0/24' },
        { filterName: 'others', action: 'Reject', ipMask: '0.0.0.0/0' },
      ],
    },
  ],
  ['it came by TLS 1.2, and the hub asks for 1.3', { minTlsVersion: '1.3' }],
])('%s: refused, in the same words', async (_what, settings) => {
  const store = withSettings(stores.credentials, settings);
  authorizer = new ServiceAuthorizer({ store, clock: () => now });
  await expect(authorize(token(), '/devices')).rejects.toMatchObject({
    code: 'IotHubUnauthorizedAccess',
    message: 'The shared access signature does not give access to this hub.',
  });
});

test('settings of devices and an IP filter that accepts change nothing', async () => {
  const store = withSettings(stores.credentials, {
    disableDeviceSas: true,
    disableModuleSas: true,
    ipFilterRules: [
      { filterName: 'here', action: 'Accept', ipMask: '192.0.2.1' },
      { filterName: 'others', action: 'Reject', ipMask: '0.0.0.0/0' },
    ],
    minTlsVersion: '1.2',
  });
  authorizer = new ServiceAuthorizer({ store, clock: () => now });
  expect(await authorize(token(), '/devices')).toMatchObject(owner);
});
