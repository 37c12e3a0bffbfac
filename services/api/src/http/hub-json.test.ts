import { expect, test } from '@jest/globals';
import type { Hub } from '../domain/hub.js';
import { hubSchema, toHubDefinition } from './hub-body.js';
import { formatHub, formatPolicy, formatSkus } from './hub-json.js';

const hub: Hub = {
  name: 'Factory',
  generation: '7',
  subscriptionId: 'sub',
  resourceGroup: 'group',
  location: 'local',
  hostNames: ['factory.example', '10.0.0.7'],
  partitionCount: 3,
  retentionDays: 2,
  telemetryTopic: 'linchpin.events.factory',
  state: 'active',
  etag: 'MQ==',
  settings: {
    tags: { place: 'Köln' },
    limits: { sku: 'B3', units: 7, unlimited: true },
    disableLocalAuth: false,
    disableDeviceSas: true,
    disableModuleSas: false,
    ipFilterRules: [{ filterName: 'all', action: 'Reject', ipMask: '0.0.0.0/0' }],
    minTlsVersion: '1.2',
    keptProperties: { features: 'None', cloudToDevice: { maxDeliveryCount: 10 } },
  },
};

test('a hub is an IotHubDescription', () => {
  expect(formatHub(hub, { eventsEndpoint: 'kafka.example:9092' })).toEqual({
    id: '/subscriptions/sub/resourceGroups/group/providers/Microsoft.Devices/IotHubs/Factory',
    name: 'Factory',
    type: 'Microsoft.Devices/IotHubs',
    location: 'local',
    tags: { place: 'Köln' },
    etag: 'MQ==',
    properties: {
      state: 'Active',
      provisioningState: 'Succeeded',
      hostName: 'factory.example',
      hostNames: ['factory.example', '10.0.0.7'],
      limits: 'unlimited',
      disableLocalAuth: false,
      disableDeviceSAS: true,
      disableModuleSAS: false,
      publicNetworkAccess: 'Enabled',
      ipFilterRules: [{ filterName: 'all', action: 'Reject', ipMask: '0.0.0.0/0' }],
      minTlsVersion: '1.2',
      eventHubEndpoints: {
        events: {
          retentionTimeInDays: 2,
          partitionCount: 3,
          partitionIds: ['0', '1', '2'],
          path: 'linchpin.events.factory',
          endpoint: 'kafka.example:9092',
        },
      },
      features: 'None',
      cloudToDevice: { maxDeliveryCount: 10 },
      locations: [{ location: 'local', role: 'primary' }],
    },
    sku: { name: 'B3', tier: 'Basic', capacity: 7 },
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

  expect(toHubDefinition(hub, hubSchema.parse(written))).toEqual({
    name: 'Factory',
    subscriptionId: 'sub',
    resourceGroup: 'group',
    location: 'local',
    hostNames: ['factory.example', '10.0.0.7'],
    partitionCount: 3,
    retentionDays: 2,
    changes: {
      tags: { place: 'Köln' },
      sku: 'B3',
      units: 7,
      unlimited: true,
      disableLocalAuth: false,
      disableDeviceSas: true,
      disableModuleSas: false,
      ipFilterRules: hub.settings.ipFilterRules,
      minTlsVersion: '1.2',
      keptProperties: hub.settings.keptProperties,
      policies: undefined,
    },
  });
});

test('policies are read with their rights', () => {
  const keys = { primaryKey: 'a', secondaryKey: 'b' };
  const body = {
    properties: {
      authorizationPolicies: [
        { keyName: 'one', rights: 'registrywrite,ServiceConnect', ...keys },
        { keyName: 'two', rights: 'DeviceConnect', primaryKey: null },
      ],
    },
  };
  expect(toHubDefinition(hub, hubSchema.parse(body)).changes.policies).toEqual([
    { name: 'one', rights: 7, ...keys },
    { name: 'two', rights: 8, primaryKey: undefined, secondaryKey: undefined },
  ]);
});

test('what is absent or null is left as it is', () => {
  for (const body of [
    {},
    { tags: null, sku: null, properties: null },
    { sku: { name: null }, properties: { routing: null, limits: null, ipFilterRules: null } },
  ]) {
    const { changes } = toHubDefinition(hub, hubSchema.parse(body));
    const { keptProperties, ...others } = changes;
    expect(keptProperties).toEqual({});
    expect(Object.values(others).every((value) => value === undefined)).toBe(true);
  }
});

test.each([
  [{ properties: { hostNames: 'one' } }],
  [{ properties: { eventHubEndpoints: { events: { partitionCount: 1.5 } } } }],
  [{ properties: { eventHubEndpoints: { events: { retentionTimeInDays: '1' } } } }],
  [{ location: 5 }],
  [{ tags: { a: 1 } }],
  [{ tags: [] }],
  [{ sku: 'S1' }],
  [{ sku: { capacity: '1' } }],
  [{ properties: { limits: 'none' } }],
  [{ properties: { disableLocalAuth: 'true' } }],
  [{ properties: { ipFilterRules: [{ filterName: 'a', action: 'Drop', ipMask: '::/0' }] } }],
  [{ properties: { ipFilterRules: [{ filterName: 'a', ipMask: '::/0' }] } }],
  [{ properties: { publicNetworkAccess: 'Disabled' } }],
  [{ properties: { networkRuleSets: { ipRules: [] } } }],
  [{ properties: { privateEndpointConnections: [{}] } }],
  [{ properties: { authorizationPolicies: {} } }],
  [{ properties: { authorizationPolicies: [{ rights: 'DeviceConnect' }] } }],
  [{ properties: { routing: [[[[[[[[[]]]]]]]]] } }],
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

test('each tier has its name and its size', () => {
  expect(formatSkus()).toContainEqual({
    resourceType: 'Microsoft.Devices/IotHubs',
    sku: { name: 'S3', tier: 'Standard' },
    capacity: { minimum: 1, maximum: 10, default: 1, scaleType: 'Manual' },
  });
  expect(formatSkus()).toContainEqual({
    resourceType: 'Microsoft.Devices/IotHubs',
    sku: { name: 'F1', tier: 'Free' },
    capacity: { minimum: 1, maximum: 1, default: 1, scaleType: 'None' },
  });
});
