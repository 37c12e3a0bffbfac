import { beforeEach, describe, expect, test } from '@jest/globals';
import { createSasToken } from '@linchpin/auth';
import { HubError } from '@linchpin/wire';
import { DeviceAuthenticator } from './authenticate-device.js';
import { EdgeAuthorizer, type EdgeClaim } from './authorize-edge.js';
import { withSettings } from './credential-store.fake.js';
import type { IdentityContent } from './device-identity.js';
import {
  hubDefinition,
  identityContent,
  moduleContent,
  sampleKeys,
  samplePolicies,
  sampleTime,
} from './samples.fake.js';
import { inMemoryStores, type Stores } from './stores.fake.js';
import { VerifiedAuthorities } from './verified-authorities.js';

const host = 'hub1.example.net';
const [deviceKey, moduleKey, , otherKey] = sampleKeys;
const expiresAt = new Date(sampleTime.getTime() + 60_000);
const unauthorized = {
  code: 'IotHubUnauthorizedAccess',
  message: 'The shared access signature does not give access to this hub.',
};

let stores: Stores;

beforeEach(async () => {
  stores = inMemoryStores();
  for (const name of ['hub1', 'hub2']) {
    await stores.hubs.insert(hubDefinition(name), samplePolicies);
    await stores.hubs.activate(name);
  }
  await register({ deviceId: 'edge', iotEdge: true });
  await register({ deviceId: 'leaf' });
});

async function register(members: Partial<IdentityContent>): Promise<void> {
  const device = identityContent({ authentication: sas(deviceKey), ...members });
  const { deviceId } = device;
  const module = moduleContent({ deviceId, moduleId: '$edgeHub', authentication: sas(moduleKey) });
  await stores.identities.insertDevice('hub1', device, [module]);
}

function sas(primaryKey: string) {
  return { type: 'sas', primaryKey, secondaryKey: otherKey } as const;
}

const token = (path: string, key: string, policy?: string, at = host): string =>
  createSasToken({ audience: `${at}${path}`, key, policy, expiresAt });

async function authorize(
  text: string,
  members: Partial<EdgeClaim> = {},
  store = stores.credentials,
) {
  const authenticator = new DeviceAuthenticator({
    store,
    authorities: new VerifiedAuthorities(stores.certificates),
    clock: () => sampleTime,
  });
  const authorizer = new EdgeAuthorizer(authenticator);
  const same = {
    deviceId: 'edge',
    moduleId: undefined,
    client: { address: '192.0.2.1', tlsVersion: '1.3' },
  } as const;
  return authorizer.authorize({ ...same, token: text, ...members });
}

const ownToken = () => token('/devices/edge', deviceKey);

describe('security-limits 10: the own token of an Edge device', () => {
  test('counts by either key, and so does that of its module', async () => {
    const hub1 = {
      hub: 'hub1',
      hubGeneration: expect.any(String),
      limits: { sku: 'S1', units: 1, unlimited: false },
    };
    expect(await authorize(ownToken())).toEqual(hub1);
    expect(await authorize(token('/devices/edge', otherKey))).toEqual(hub1);
    const ofModule = token('/devices/edge/modules/$edgeHub', moduleKey);
    expect(await authorize(ofModule, { moduleId: '$edgeHub' })).toEqual(hub1);
  });

  test.each<[string, () => string, Partial<EdgeClaim>]>([
    [
      'of a device that is no Edge device',
      () => token('/devices/leaf', deviceKey),
      { deviceId: 'leaf' },
    ],
    ['on the path of another device', ownToken, { deviceId: 'leaf' }],
    ['on a path of nobody', ownToken, { deviceId: 'nobody' }],
    ['on a path that is none', ownToken, { deviceId: 'a\0b' }],
    ['with the key of its module', () => token('/devices/edge', moduleKey), {}],
    ['for its module', ownToken, { moduleId: '$edgeHub' }],
    ['for another hub', () => token('/devices/edge', deviceKey, undefined, 'hub2.example.net'), {}],
    ['for no hub', () => token('/devices/edge', deviceKey, undefined, 'other.example.net'), {}],
    ['for another device', () => token('/devices/edge2', deviceKey), {}],
    ['for a module', () => token('/devices/edge/modules/$edgeHub', deviceKey), {}],
    ['of a policy', () => token('/devices/edge', otherKey, 'Device'), {}],
    ['that is none', () => 'SharedAccessSignature sr=x', {}],
  ])('does not count %s', async (_what, text, claim) => {
    await expect(authorize(text(), claim)).rejects.toMatchObject(unauthorized);
  });

  test('does not count when it expired, nor while the device is disabled', async () => {
    const past = new Date(sampleTime.getTime() - 600_000);
    const audience = `${host}/devices/edge`;
    const expired = createSasToken({ audience, key: deviceKey, expiresAt: past });
    await expect(authorize(expired)).rejects.toMatchObject(unauthorized);
    const edge = { deviceId: 'edge', moduleId: undefined };
    await stores.identities.update('hub1', edge, 50, (stored) => ({
      content: { ...stored, status: 'disabled' },
      addedModules: [],
      removedModuleIds: [],
    }));
    await expect(authorize(ownToken())).rejects.toMatchObject(unauthorized);
  });

  test('does not count from an address that the hub rejects, nor where tokens of devices do not', async () => {
    const reject = { filterName: 'all', action: 'Reject', ipMask: '0.0.0.0/0' } as const;
    for (const settings of [{ ipFilterRules: [reject] }, { disableDeviceSas: true }]) {
      const store = withSettings(stores.credentials, settings);
      await expect(authorize(ownToken(), {}, store)).rejects.toMatchObject(unauthorized);
    }
  });

  test('a store that does not answer is not called a wrong token', async () => {
    const down = new HubError('ServiceUnavailable', 'The store does not answer.');
    const store = { ...stores.credentials, findDevice: () => Promise.reject(down) };
    await expect(authorize(ownToken(), {}, store)).rejects.toBe(down);
  });
});
