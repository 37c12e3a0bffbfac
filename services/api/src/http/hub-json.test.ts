import { expect, test } from '@jest/globals';
import type { Hub } from '../domain/hub.js';
import { formatHub, formatPolicy, hubSchema } from './hub-json.js';

const hub: Hub = {
  name: 'Factory',
  subscriptionId: 'sub',
  resourceGroup: 'group',
  location: 'local',
  hostNames: ['factory.example', '10.0.0.7'],
  partitionCount: 3,
  retentionDays: 2,
  telemetryTopic: 'linchpin.events.factory',
  state: 'active',
  etag: 'MQ==',
};

test('a hub is an IotHubDescription as far as it exists', () => {
  expect(formatHub(hub, { eventsEndpoint: 'kafka.example:9092' })).toEqual({
    id: '/subscriptions/sub/resourceGroups/group/providers/Microsoft.Devices/IotHubs/Factory',
    name: 'Factory',
    type: 'Microsoft.Devices/IotHubs',
    location: 'local',
    tags: {},
    etag: 'MQ==',
    properties: {
      state: 'Active',
      provisioningState: 'Succeeded',
      hostName: 'factory.example',
      hostNames: ['factory.example', '10.0.0.7'],
      eventHubEndpoints: {
        events: {
          retentionTimeInDays: 2,
          partitionCount: 3,
          partitionIds: ['0', '1', '2'],
          path: 'linchpin.events.factory',
          endpoint: 'kafka.example:9092',
        },
      },
    },
    sku: { name: 'S1', tier: 'Standard', capacity: 1 },
  });
});

test.each([
  ['activating', 'Accepted'],
  ['active', 'Succeeded'],
  ['deleting', 'Deleting'],
] as const)('a hub that is %s has the provisioning state %s', (state, provisioningState) => {
  expect(formatHub({ ...hub, state }, { eventsEndpoint: undefined })).toMatchObject({
    properties: { provisioningState },
  });
});

test('what the hub has written is read back', () => {
  const written: unknown = JSON.parse(JSON.stringify(formatHub(hub, { eventsEndpoint: 'x' })));

  expect(hubSchema.parse(written)).toEqual({
    location: 'local',
    properties: {
      hostNames: ['factory.example', '10.0.0.7'],
      eventHubEndpoints: { events: { partitionCount: 3, retentionTimeInDays: 2 } },
    },
  });
});

test.each([
  [{ properties: { hostNames: 'one' } }],
  [{ properties: { eventHubEndpoints: { events: { partitionCount: 1.5 } } } }],
  [{ properties: { eventHubEndpoints: { events: { retentionTimeInDays: '1' } } } }],
  [{ location: 5 }],
])('%j is no description', (json) => {
  expect(hubSchema.safeParse(json).success).toBe(false);
});

test('a policy names its rights as Azure does', () => {
  expect(
    formatPolicy({ name: 'iothubowner', rights: 15, primaryKey: 'a', secondaryKey: 'b' }),
  ).toEqual({
    keyName: 'iothubowner',
    primaryKey: 'a',
    secondaryKey: 'b',
    rights: 'RegistryWrite, ServiceConnect, DeviceConnect',
  });
});
