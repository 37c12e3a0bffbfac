import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createHub, definition, type ActiveHub } from './support/requests.js';
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
  await create({ deviceId: 'one' });
});

afterAll(() => deployment.close());

function create(members: Parameters<typeof definition>[0]) {
  return registry.identities.createIdentity({ hub: hub.name, definition: definition(members) });
}

test('getRecipient: who has the id now, and what its hub has chosen', async () => {
  const { hubGeneration } = await registry.pages.getHubGeneration({ hub: hub.name });
  const request = { hub: hub.name, hubGeneration, deviceId: 'receiver' };
  const { identity: device } = await create({ deviceId: 'receiver' });
  const { identity: edge } = await create({ deviceId: 'edge-receiver', iotEdge: true });
  const settings = {
    defaultTtlSeconds: 3_600,
    maxDeliveryCount: 10,
    feedbackTtlSeconds: 3_600,
    feedbackLockSeconds: 60,
    feedbackMaxDeliveryCount: 10,
    purgeOnNewSubscription: false,
  };
  expect(await registry.recipients.getRecipient(request)).toEqual({
    generationId: device?.generationId,
    settings,
  });
  const edgeHub = { ...request, deviceId: 'edge-receiver', moduleId: '$edgeHub' };
  const { generationId } = await registry.recipients.getRecipient(edgeHub);
  expect(generationId).toMatch(/^\d{18}$/);
  expect(generationId).not.toBe(edge?.generationId);

  const cloudToDevice = {
    defaultTtlAsIso8601: 'PT2M',
    maxDeliveryCount: 1,
    purgeOnNewSubscription: true,
  };
  const keptPropertiesJson = JSON.stringify({ cloudToDevice });
  const changes = { name: hub.name, hostNames: [], changes: { keptPropertiesJson } };
  await registry.hubs.updateHub(changes);
  expect(await registry.recipients.getRecipient(request)).toMatchObject({
    settings: {
      ...settings,
      defaultTtlSeconds: 120,
      maxDeliveryCount: 1,
      purgeOnNewSubscription: true,
    },
  });
});

test.each([
  ['DeviceNotFound', { deviceId: 'nobody' }],
  ['DeviceNotFound', { deviceId: 'nobody', moduleId: 'm' }],
  ['DeviceNotFound', { deviceId: 'no\0body' }],
  ['ModuleNotFound', { deviceId: 'one', moduleId: 'm' }],
  ['ModuleNotFound', { deviceId: 'one', moduleId: '\0' }],
  ['IotHubNotFound', { hub: 'nowhere' }],
  ['IotHubNotFound', { hubGeneration: '0' }],
  ['IotHubNotFound', { hubGeneration: 'no number' }],
])('getRecipient: %s for %j', async (code, members) => {
  const { hubGeneration } = await registry.pages.getHubGeneration({ hub: hub.name });
  const request = { hub: hub.name, hubGeneration, deviceId: 'one', ...members };
  await expect(registry.recipients.getRecipient(request)).rejects.toMatchObject({ code });
});
