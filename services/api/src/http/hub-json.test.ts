import { expect, test } from '@jest/globals';
import type { HubError } from '@linchpin/wire';
import { checkJson } from '@linchpin/wire/json';
import type { Hub } from '../domain/hub.js';
import { hubSchema, hubTagsSchema, toHubDefinition } from './hub-body.js';
import { formatHub, formatPolicy, formatSkus } from './hub-json.js';

const hub: Hub = {
  name: 'Factory',
  hubGeneration: '7',
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
  expect(formatHub(hub, { eventsEndpoint: undefined })).toEqual({
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
          endpoint: 'sb://factory.example/',
        },
      },
      features: 'None',
      cloudToDevice: { maxDeliveryCount: 10 },
      locations: [{ location: 'local', role: 'primary' }],
    },
    sku: { name: 'B3', tier: 'Basic', capacity: 7 },
  });
});

test('the endpoint of events is what the deployment says, if it does', () => {
  expect(formatHub(hub, { eventsEndpoint: 'sb://events.example/' })).toMatchObject({
    properties: { eventHubEndpoints: { events: { endpoint: 'sb://events.example/' } } },
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

/** What a client is told. */
function faultOf(json: unknown): string {
  try {
    checkJson(json, hubSchema, 'The body');
    return '';
  } catch (error) {
    return (error as HubError).message;
  }
}

test.each([
  [{ Location: 'local' }, 'Location'],
  [{ properties: { limit: 'unlimited' } }, 'properties.limit'],
  [{ properties: { Limits: 'unlimited' } }, 'properties.Limits'],
  [{ properties: { hostnames: ['a.example'] } }, 'properties.hostnames'],
  [{ limits: 'unlimited' }, 'limits'],
  [{ sku: { name: 'S1', units: 2 } }, 'sku.units'],
  [
    { properties: { eventHubEndpoints: { events: { retentionDays: 2 } } } },
    'properties.eventHubEndpoints.events.retentionDays',
  ],
  [{ properties: { eventHubEndpoints: { event: {} } } }, 'properties.eventHubEndpoints.event'],
  [
    {
      properties: { ipFilterRules: [{ filterName: 'a', action: 'Accept', ipMask: '::/0', x: 1 }] },
    },
    'properties.ipFilterRules.0.x',
  ],
  [
    {
      properties: { authorizationPolicies: [{ keyName: 'a', rights: 'DeviceConnect', key: 'k' }] },
    },
    'properties.authorizationPolicies.0.key',
  ],
])('in %j the client is told of %s', (json, name) => {
  expect(faultOf(json)).toBe(`${name}: is no member that is known here`);
});

test('of many members that are not known three are named', () => {
  expect(faultOf({ properties: { a: 1, b: 2, c: 3, d: 4 } }).split(', ')).toHaveLength(3);
});

test.each([
  [{ properties: { limits: 1 } }, 'properties.limits: '],
  [{ properties: { limits: 'none' } }, 'properties.limits: must be one of tier, unlimited'],
  [{ properties: { hostNames: 'a.example' } }, 'properties.hostNames: '],
  [{ properties: { disableLocalAuth: 'true' } }, 'properties.disableLocalAuth: '],
  [{ properties: 'tier' }, 'properties: '],
  [{ properties: { encryption: { keySource: 'x' } } }, 'properties.encryption: is not served'],
])('what is wrong with %j begins with %s', (json, fault) => {
  expect(faultOf(json)).toMatch(new RegExp(`^${fault}`));
});

test('a text where a list is due is told to be none, however long it is', () => {
  expect(faultOf({ properties: { hostNames: 'plant-7.iot.example.net' } })).toMatch(
    /^properties\.hostNames: [^,]*expected array, received string$/,
  );
});

test('what Azure’s descriptions hold besides is taken, and nothing is made of it', () => {
  const described = {
    ...{
      id: '/x',
      name: hub.name.toUpperCase(),
      type: 'y',
      etag: 'e',
      subscriptionid: 's',
      resourcegroup: 'g',
    },
    identity: { type: 'SystemAssigned' },
    systemData: { createdBy: 'me' },
    sku: { tier: 'Standard' },
    properties: {
      ...{ state: 'Active', provisioningState: 'Succeeded', hostName: 'h', locations: [] },
      ...{ ipVersion: 'ipv4', rootCertificate: { enableRootCertificateV2: true } },
      operationsMonitoringProperties: { events: { Connections: 'None' } },
      eventHubEndpoints: { events: { partitionIds: ['0'] }, operationsMonitoringEvents: {} },
      encryption: null,
    },
  };

  expect(toHubDefinition(hub, checkJson(described, hubSchema, 'The body'))).toEqual(
    toHubDefinition(hub, hubSchema.parse({})),
  );
});

test('a description of another hub than that of the path is refused', () => {
  expect(() => toHubDefinition(hub, hubSchema.parse({ name: 'other' }))).toThrow(
    `name: must be ${hub.name}, as in the path.`,
  );
});

test('PATCH is of tags alone, and says so', () => {
  expect(hubTagsSchema.parse({ tags: { a: 'b' } })).toEqual({ tags: { a: 'b' } });
  expect(() => checkJson({ properties: {}, sku: {} }, hubTagsSchema, 'The body')).toThrow(
    'properties: is not changed by PATCH, which is of tags; use PUT, sku: is not changed',
  );
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
