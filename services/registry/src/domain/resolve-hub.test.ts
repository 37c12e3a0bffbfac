import { beforeEach, expect, test } from '@jest/globals';
import type { CredentialStore } from './credential-store.js';
import { withSettings } from './credential-store.fake.js';
import { resolveHub } from './resolve-hub.js';
import { hubDefinition, samplePolicies } from './samples.fake.js';
import { inMemoryStores } from './stores.fake.js';

const client = { address: '192.0.2.1', tlsVersion: '1.3' } as const;
let store: CredentialStore;

beforeEach(async () => {
  const stores = inMemoryStores();
  store = stores.credentials;
  const definition = hubDefinition('MyHub', { hostNames: ['myhub.example.net'] });
  await stores.hubs.insert(definition, samplePolicies);
  await stores.hubs.activate('MyHub');
});

test('a hub is found by its host name, however that is written', async () => {
  const resolved = await resolveHub(store, { hostName: 'MyHub.Example.net:443', client });
  expect(resolved).toMatchObject({ hub: 'MyHub' });
});

test('no hub has another host name', async () => {
  await expect(resolveHub(store, { hostName: 'other', client })).rejects.toMatchObject({
    code: 'IotHubNotFound',
  });
});

test('who comes by a lower version of TLS than the hub asks for is refused, and not told why', async () => {
  const strict = withSettings(store, { minTlsVersion: '1.3' });
  const hostName = 'myhub.example.net';
  const older = { ...client, tlsVersion: '1.2' } as const;
  await expect(resolveHub(strict, { hostName, client: older })).rejects.toMatchObject({
    code: 'IotHubUnauthorizedAccess',
    message: expect.not.stringMatching(/TLS/i),
  });
  expect(await resolveHub(strict, { hostName, client })).toBeDefined();
});

test('security-limits 22: who comes from a rejected address is refused, and not told why', async () => {
  const rule = { filterName: 'no', action: 'Reject', ipMask: '192.0.2.0/24' } as const;
  const filtered = withSettings(store, { ipFilterRules: [rule] });
  const hostName = 'myhub.example.net';
  await expect(resolveHub(filtered, { hostName, client })).rejects.toMatchObject({
    code: 'IotHubUnauthorizedAccess',
    message: expect.not.stringMatching(/filter|address/i),
  });
  const elsewhere = { ...client, address: '198.51.100.1' };
  expect(await resolveHub(filtered, { hostName, client: elsewhere })).toBeDefined();
});
