import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createHub, hubRequest, type ActiveHub } from './support/requests.js';
import {
  createTestDeployment,
  type TestDeployment,
  type TestRegistry,
} from './support/start-test-registry.js';

let deployment: TestDeployment;
let registry: TestRegistry;
let hub: ActiveHub;

beforeAll(async () => {
  deployment = await createTestDeployment();
  registry = await deployment.start();
  hub = await createHub(registry);
});

afterAll(() => deployment.close());

const secret = 'c2VjcmV0LXNlY3JldC1zZWNyZXQ=';
const storage = {
  connectionString: `AccountName=a;AccountKey=${secret}`,
  containerName: 'files',
  sasTtlAsIso8601: 'PT2H',
};

async function settingsOf(name: string) {
  const { hubGeneration } = await registry.pages.getHubGeneration({ hub: name });
  return registry.uploadSettings.getUploadSettings({ hub: name, hubGeneration });
}

async function choose(name: string, members: object) {
  const changes = { keptPropertiesJson: JSON.stringify(members) };
  return registry.hubs.updateHub({ name, hostNames: [], changes });
}

test('getUploadSettings: what the hub has chosen by now, with its secret', async () => {
  expect(await settingsOf(hub.name)).toEqual({
    storage: undefined,
    notifications: { enabled: false, ttlSeconds: 3_600, lockSeconds: 60, maxDeliveryCount: 10 },
  });

  const { hub: shown } = await choose(hub.name, {
    storageEndpoints: { $default: storage },
    messagingEndpoints: { fileNotifications: { maxDeliveryCount: 3 } },
    enableFileUploadNotifications: true,
  });

  expect(JSON.stringify(shown)).not.toContain(secret);
  expect(await settingsOf(hub.name)).toEqual({
    storage: {
      connectionString: storage.connectionString,
      containerName: 'files',
      identityBased: false,
      identity: undefined,
      grantTtlSeconds: 7_200,
    },
    notifications: { enabled: true, ttlSeconds: 3_600, lockSeconds: 60, maxDeliveryCount: 3 },
  });
  expect(registry.log.join('')).not.toContain(secret);
});

test('updateHub: storage that no device could use is refused', async () => {
  const $default = { ...storage, containerName: 'No Container' };
  await expect(choose(hub.name, { storageEndpoints: { $default } })).rejects.toMatchObject({
    code: 'InvalidStorageEndpointProperty',
  });
});

test('getUploadSettings: a hub that was made again has nothing of the first', async () => {
  const changes = {
    keptPropertiesJson: JSON.stringify({ storageEndpoints: { $default: storage } }),
  };
  const request = hubRequest({ changes });
  await registry.hubs.createHub(request);
  const { name } = request;
  const first = await registry.pages.getHubGeneration({ hub: name });
  expect(await settingsOf(name)).toMatchObject({ storage: { containerName: 'files' } });

  await registry.hubs.deleteHub({ name });
  await registry.hubs.createHub(hubRequest({ name }));

  expect(await settingsOf(name)).toMatchObject({ storage: undefined });
  await expect(
    registry.uploadSettings.getUploadSettings({ hub: name, ...first }),
  ).rejects.toMatchObject({ code: 'IotHubNotFound' });
});

test.each([
  { hub: 'nowhere' },
  { hub: 'no\0where' },
  { hub: '%' },
  { hubGeneration: '0' },
  { hubGeneration: '' },
  { hubGeneration: 'no number' },
])('getUploadSettings: IotHubNotFound for %j', async (members) => {
  const { hubGeneration } = await registry.pages.getHubGeneration({ hub: hub.name });
  const request = { hub: hub.name, hubGeneration, ...members };
  await expect(registry.uploadSettings.getUploadSettings(request)).rejects.toMatchObject({
    code: 'IotHubNotFound',
  });
});
