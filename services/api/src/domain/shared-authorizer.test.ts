import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { createSasToken } from '@linchpin/auth';
import type { PolicyHolder } from './caller.js';
import type { ServiceClaim } from './service-authorizer.js';
import { SharedAuthorizer } from './shared-authorizer.js';

const caller: PolicyHolder = {
  kind: 'policy',
  hub: 'h',
  hubGeneration: '1',
  policy: 'service',
  rights: 4,
  telemetryTopic: 'linchpin.events.h',
  limits: { sku: 'S1', units: 1, unlimited: false },
};

const tokenFor = (audience: string): string =>
  createSasToken({
    audience,
    key: Buffer.alloc(32).toString('base64'),
    policy: 'service',
    expiresAt: new Date('2100-01-01T00:00:00Z'),
  });

const client = { address: '192.0.2.1', tlsVersion: '1.3' } as const;

function setUp() {
  const asked: { claim: ServiceClaim; answer: () => void }[] = [];
  const shared = new SharedAuthorizer({
    authorizeEdge: () => Promise.reject(new Error('no Edge device asks here')),
    authorize: (claim) =>
      new Promise((resolve) => {
        asked.push({
          claim,
          answer: () => {
            resolve(caller);
          },
        });
      }),
  });
  const ask = (claim: Partial<ServiceClaim>): Promise<PolicyHolder> =>
    shared.authorize({ sharedAccessSignature: tokenFor('h'), path: '/', client, ...claim });
  return { asked, ask };
}

test('a token for a hub is judged for all that come with it, whatever their path', async () => {
  const { asked, ask } = setUp();
  const answers = ['/twins/a', '/twins/b', '/devices/query'].map((path) => ask({ path }));
  asked[0]!.answer();
  await answers[0];
  await turn();
  expect(asked.map(({ claim }) => claim.path)).toEqual(['/', '/']);
  asked[1]!.answer();
  await expect(Promise.all(answers)).resolves.toEqual([caller, caller, caller]);
});

test.each<[string, Partial<ServiceClaim>, Partial<ServiceClaim>]>([
  [
    'paths, of a token for some',
    { sharedAccessSignature: tokenFor('h/devices'), path: '/devices/a' },
    { sharedAccessSignature: tokenFor('h/devices'), path: '/twins/a' },
  ],
  ['tokens', {}, { sharedAccessSignature: tokenFor('h2') }],
  ['addresses', {}, { client: { ...client, address: '192.0.2.2' } }],
  ['versions of TLS', {}, { client: { ...client, tlsVersion: '1.2' } }],
  [
    'unreadable tokens',
    { sharedAccessSignature: 'x', path: '/a' },
    { sharedAccessSignature: 'x', path: '/b' },
  ],
])('other %s are judged apart', (_what, one, other) => {
  const { asked, ask } = setUp();
  void ask(one);
  void ask(other);
  expect(asked.map(({ claim }) => claim)).toMatchObject([one, other]);
});
