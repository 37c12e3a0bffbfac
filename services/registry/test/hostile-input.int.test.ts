import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { HubError } from '@linchpin/wire';
import fc from 'fast-check';
import { type ActiveHub, client, createHub, definition, hubRequest } from './support/requests.js';
import {
  createTestDeployment,
  type TestDeployment,
  type TestRegistry,
} from './support/start-test-registry.js';

jest.setTimeout(60_000);

let deployment: TestDeployment;
let registry: TestRegistry;
let hub: ActiveHub;

beforeAll(async () => {
  deployment = await createTestDeployment();
  registry = await deployment.start();
  hub = await createHub(registry);
  await registry.identities.createIdentity({ hub: hub.name, definition: definition() });
});

afterAll(() => deployment.close());

/** No id, and no name of anything. */
const hostileTexts = [
  '',
  ' ',
  '\0',
  'a\0b',
  "'; drop table identities; --",
  "' or '1'='1' --",
  '../../etc/passwd',
  '\u202edrowssap',
  '\ud800',
  '🙂'.repeat(200),
  'x'.repeat(1_000_000),
  '{"$ne":null}',
  '$1 /*',
];

/** Every rpc, with the text in each of its places. */
function callsWith(text: string): readonly Promise<unknown>[] {
  const { identities, hubs } = registry;
  const credential = { $case: 'sharedAccessSignature', value: text } as const;
  const own = definition();
  return [
    ...[text, hub.name].flatMap((hubName) => [
      identities.getIdentity({ hub: hubName, deviceId: text }),
      identities.getIdentity({ hub: hubName, deviceId: 'd1', moduleId: text }),
      identities.deleteIdentity({ hub: hubName, deviceId: text, ifMatch: '*' }),
      identities.deleteIdentity({ hub: hubName, deviceId: 'd1', ifMatch: `${text}?` }),
      identities.updateIdentity({ hub: hubName, definition: own, ifMatch: `${text}?` }),
      identities.listModules({ hub: hubName, deviceId: text }),
      identities.createIdentity({ hub: hubName, definition: { ...own, deviceId: text } }),
      identities.createIdentity({ hub: hubName, definition: { ...own, moduleId: text } }),
      identities.createIdentity({ hub: hubName, definition: { ...own, statusReason: text } }),
      identities.createIdentity({ hub: hubName, definition: { ...own, deviceScope: text } }),
      identities.createIdentity({
        hub: hubName,
        definition: { ...own, parentScopes: [text, text] },
      }),
      identities.createIdentity({ hub: hubName, definition: { ...own, attributesJson: text } }),
    ]),
    identities.listDevices({ hub: text, limit: -1 }),
    identities.getStatistics({ hub: text }),
    identities.authenticateDevice({
      hostName: hub.hostName,
      client: { address: text, tlsVersion: text },
      deviceId: 'd1',
      credential,
    }),
    identities.authenticateDevice({
      hostName: text,
      client,
      deviceId: text,
      moduleId: text,
      credential,
    }),
    identities.authorizeService({
      sharedAccessSignature: text,
      path: text,
      client: { address: text, tlsVersion: text },
    }),
    identities.resolveHub({ hostName: text, client: { address: text, tlsVersion: text } }),
    hubs.getHub({ name: text }),
    hubs.deleteHub({ name: text }),
    hubs.listPolicies({ hub: text }),
    hubs.listHubs({ after: `${text}\0` }),
    hubs.countHubs({ subscriptionId: `${text}\0` }),
    hubs.createHub(hubRequest({ name: text })),
    hubs.createHub(hubRequest({ hostNames: [text] })),
    hubs.createHub(hubRequest({ location: `${text}\0` })),
  ];
}

const answersOf = (outcomes: readonly PromiseSettledResult<unknown>[]) =>
  outcomes.map((outcome) =>
    outcome.status === 'rejected' ? (outcome.reason as HubError).code : 'an answer',
  );

test.each(hostileTexts.map((text) => [text.slice(0, 30), text]))(
  'is refused and does no harm: %j…',
  async (_start, text) => {
    const outcomes = await Promise.allSettled(callsWith(text));
    expect(answersOf(outcomes)).not.toContain('ServerError');
    expect(answersOf(outcomes)).not.toContain('an answer');
    const { totalDeviceCount } = await registry.identities.getStatistics({ hub: hub.name });
    expect(totalDeviceCount).toBe(1n);
  },
);

test.each(['%', '_', '*', '$1', "'--", 'd%', '(?!)', '%00', '#'])(
  'the id %s is an id like others, and no pattern',
  async (deviceId) => {
    const { identities } = registry;
    const id = { hub: hub.name, deviceId };
    await expect(identities.getIdentity(id)).rejects.toMatchObject({ code: 'DeviceNotFound' });
    await identities.createIdentity({ hub: hub.name, definition: definition({ deviceId }) });
    await identities.createIdentity({
      hub: hub.name,
      definition: definition({ deviceId, moduleId: deviceId }),
    });
    expect((await identities.listModules(id)).modules).toHaveLength(1);
    await identities.deleteIdentity({ ...id, ifMatch: '*' });
    const { devices } = await identities.listDevices({ hub: hub.name, limit: 10 });
    expect(devices.map((each) => each.deviceId)).toEqual(['d1']);
  },
);

test('a policy of an impossible name is none', async () => {
  const sharedAccessSignature = `SharedAccessSignature sr=${hub.hostName}&sig=AAAA&se=4102444800&skn=%00`;
  const attempt = registry.identities.authorizeService({
    sharedAccessSignature,
    path: '/',
    client,
  });
  await expect(attempt).rejects.toMatchObject({ code: 'IotHubUnauthorizedAccess' });
});

test('random text never is an error of ours', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.string({ unit: 'binary', minLength: 130, maxLength: 200 }),
      async (text) => {
        const outcomes = await Promise.allSettled(callsWith(text));
        expect(answersOf(outcomes)).not.toContain('ServerError');
      },
    ),
    { numRuns: 100 },
  );
});

test('enum values of a newer contract and missing parts are refused in words', async () => {
  const { identities } = registry;
  const newer = 99 as never;
  const attempts = [
    { ...definition(), status: newer },
    { ...definition(), authentication: { type: newer } },
    undefined,
  ];
  const outcomes = await Promise.allSettled(
    attempts.map((each) => identities.createIdentity({ hub: hub.name, definition: each })),
  );
  expect(answersOf(outcomes)).toEqual(['ArgumentInvalid', 'ArgumentInvalid', 'ArgumentNull']);
});

test('limits are clipped', async () => {
  for (const limit of [0, -1, 2_147_483_647]) {
    const { devices } = await registry.identities.listDevices({ hub: hub.name, limit });
    expect(devices.length).toBeLessThanOrEqual(1_000);
  }
});
