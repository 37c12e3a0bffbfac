/** The control plane through the unmodified `@azure/arm-iothub` (service-rest.md section 14). */
import { randomUUID } from 'node:crypto';
import type { IotHubDescription, IotHubProperties } from '@azure/arm-iothub';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Client } from 'azure-iot-device';
import { Mqtt } from 'azure-iot-device-mqtt';
import { ConfigResourceTypes, Kafka, logLevel } from 'kafkajs';
import {
  arm,
  changeArmHub,
  createArmHub,
  deleteArmHubs,
  failureOf,
  listPolicies,
  resourceGroup,
  type Policy,
} from './support/arm-client.js';
import { hub } from './support/hub.js';
import { createDevice } from './support/registry.js';

const { iotHubResource: hubs } = arm;

afterAll(deleteArmHubs);

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = [];
  for await (const item of items) {
    found.push(item);
  }
  return found;
}

describe('a hub', () => {
  test('a hub is created with the defaults of Azure, read, listed and deleted', async () => {
    const made = await createArmHub({ tags: { team: 'Öl' } });
    expect(made).toMatchObject({
      id: `/subscriptions/local/resourceGroups/local/providers/Microsoft.Devices/IotHubs/${made.name}`,
      type: 'Microsoft.Devices/IotHubs',
      location: 'local',
      tags: { team: 'Öl' },
      sku: { name: 'S1', tier: 'Standard', capacity: 1 },
      properties: {
        provisioningState: 'Succeeded',
        state: 'Active',
        hostName: `${made.name.toLowerCase()}.linchpin.localhost`,
        disableLocalAuth: false,
        ipFilterRules: [],
        eventHubEndpoints: {
          events: {
            retentionTimeInDays: 1,
            partitionCount: 4,
            partitionIds: ['0', '1', '2', '3'],
            path: `linchpin.events.${made.name.toLowerCase()}`,
            endpoint: `sb://${made.name.toLowerCase()}.linchpin.localhost/`,
          },
        },
        routing: { routes: [], fallbackRoute: { isEnabled: true, endpointNames: ['events'] } },
        storageEndpoints: { $default: { sasTtlAsIso8601: 'PT1H', connectionString: '' } },
        messagingEndpoints: {
          fileNotifications: { lockDurationAsIso8601: 'PT1M', maxDeliveryCount: 10 },
        },
        enableFileUploadNotifications: false,
        cloudToDevice: {
          maxDeliveryCount: 10,
          defaultTtlAsIso8601: 'PT1H',
          feedback: {
            lockDurationAsIso8601: 'PT1M',
            ttlAsIso8601: 'PT1H',
            maxDeliveryCount: 10,
          },
        },
        features: 'None',
      },
    });

    expect(await hubs.get(resourceGroup, made.name)).toEqual(made);
    const names = async (list: AsyncIterable<IotHubDescription>) =>
      (await all(list)).map(({ name }) => name);
    expect(await names(hubs.listBySubscription())).toEqual(
      expect.arrayContaining(['local', made.name]),
    );
    expect(await names(hubs.listByResourceGroup(resourceGroup))).toContain(made.name);
    expect(await names(hubs.listByResourceGroup('another'))).toEqual([]);

    await hubs.beginDeleteAndWait(resourceGroup, made.name);
    await hubs.beginDeleteAndWait(resourceGroup, made.name);
    expect(await failureOf(hubs.get(resourceGroup, made.name))).toMatchObject({
      statusCode: 404,
      code: 'GenericNotFound',
    });
  });

  test('a hub is changed: tags, tier, retention, switches', async () => {
    const { name } = await createArmHub();
    const tagged = await hubs.beginUpdateAndWait(resourceGroup, name, { tags: { a: '1' } });
    expect(tagged.tags).toEqual({ a: '1' });

    const events = { retentionTimeInDays: 7 };
    const changed = await changeArmHub(
      name,
      { eventHubEndpoints: { events }, disableModuleSAS: true, comments: 'ours' },
      { sku: { name: 'B2', capacity: 3 } },
    );
    expect(changed).toMatchObject({
      tags: { a: '1' },
      sku: { name: 'B2', tier: 'Basic', capacity: 3 },
      properties: {
        disableModuleSAS: true,
        comments: 'ours',
        eventHubEndpoints: { events: { retentionTimeInDays: 7, partitionCount: 4 } },
      },
    });
    expect(await retentionDaysOf(name)).toBe(7);
    expect(await hubs.get(resourceGroup, name)).toEqual(changed);
  });

  test('IP rules are set, and decide who connects', async () => {
    const made = await createArmHub();
    const connect = await connector(made);
    await connect();

    const everybody = { filterName: 'everybody', ipMask: '0.0.0.0/0' };
    await changeArmHub(made.name, { ipFilterRules: [{ ...everybody, action: 'Reject' }] });
    await expect(connect()).rejects.toThrow();
    await changeArmHub(made.name, { ipFilterRules: [{ ...everybody, action: 'Accept' }] });
    await connect();
  });

  test('routes and endpoints are kept, their secrets masked and not lost', async () => {
    const secret = Buffer.from(randomUUID()).toString('base64');
    const { name } = await createArmHub();
    const routing: IotHubProperties['routing'] = {
      endpoints: {
        eventHubs: [
          {
            name: 'mine',
            connectionString: `Endpoint=sb://a.example/;SharedAccessKeyName=s;SharedAccessKey=${secret}`,
          },
        ],
      },
      routes: [{ name: 'r', source: 'DeviceMessages', endpointNames: ['mine'], isEnabled: true }],
    };
    const changed = await changeArmHub(name, { routing });
    const shown = 'Endpoint=sb://a.example/;SharedAccessKeyName=s;SharedAccessKey=****';
    expect(changed.properties?.routing).toMatchObject({
      endpoints: { eventHubs: [{ name: 'mine', connectionString: shown }] },
      routes: [{ name: 'r', source: 'DeviceMessages', endpointNames: ['mine'] }],
    });
    expect(JSON.stringify(changed)).not.toContain(secret);

    const again = await changeArmHub(name, { comments: 'sent back with its mask' });
    expect(again.properties?.routing).toEqual(changed.properties?.routing);
    for (const elsewhere of [
      { connectionString: shown.replace('a.example', 'evil.example') },
      { connectionString: shown, endpointUri: 'sb://evil.example' },
    ]) {
      const endpoints = { eventHubs: [{ name: 'mine', ...elsewhere }] };
      const stolen = changeArmHub(name, { routing: { ...routing, endpoints } });
      expect(await failureOf(stolen)).toMatchObject({ statusCode: 400, code: 'ArgumentInvalid' });
    }
  });
});

describe('what is refused', () => {
  let hubName: string;
  beforeAll(async () => {
    ({ name: hubName } = await createArmHub());
  });

  const put = (
    name: string,
    members: Partial<IotHubDescription> = {},
    ifMatch?: string,
  ): Promise<IotHubDescription> =>
    hubs.beginCreateOrUpdateAndWait(
      resourceGroup,
      name,
      { location: 'local', sku: { name: 'S1', capacity: 1 }, ...members },
      { ...(ifMatch !== undefined && { ifMatch }) },
    );
  const policy = (index: number, rights: Policy['rights']): Policy => ({
    keyName: `p${index}`,
    rights,
  });
  const many = (count: number, rights: Policy['rights']): Policy[] =>
    Array.from({ length: count }, (_, index) => policy(index, rights));
  const rule = (filterName: string) =>
    ({ filterName, action: 'Accept', ipMask: '10.0.0.0/8' }) as const;

  test.each<[string, Partial<IotHubDescription>]>([
    [
      'security-limits 35: a 17th policy',
      { properties: { authorizationPolicies: many(17, 'DeviceConnect') } },
    ],
    [
      'an 11th policy with ServiceConnect',
      { properties: { authorizationPolicies: many(11, 'ServiceConnect') } },
    ],
    [
      'a policy with a slash',
      { properties: { authorizationPolicies: [{ keyName: 'a/b', rights: 'DeviceConnect' }] } },
    ],
    [
      'a key that is no key',
      {
        properties: {
          authorizationPolicies: [{ ...policy(1, 'DeviceConnect'), primaryKey: 'short' }],
        },
      },
    ],
    [
      'a retention of 8 days',
      { properties: { eventHubEndpoints: { events: { retentionTimeInDays: 8 } } } },
    ],
    ['a tier that is none', { sku: { name: 'S9', capacity: 1 } }],
    ['two units of F1', { sku: { name: 'F1', capacity: 2 } }],
    ['11 units of S3', { sku: { name: 'S3', capacity: 11 } }],
    [
      '101 IP rules',
      { properties: { ipFilterRules: Array.from({ length: 101 }, (_, i) => rule(`r${i}`)) } },
    ],
    [
      'an IP rule that is none',
      { properties: { ipFilterRules: [{ ...rule('r'), ipMask: 'everywhere' }] } },
    ],
    ['a lifetime of three days', { properties: { cloudToDevice: { defaultTtlAsIso8601: 'P3D' } } }],
    ['no public access', { properties: { publicNetworkAccess: 'Disabled' } }],
    [
      'network rules',
      { properties: { networkRuleSets: { applyToBuiltInEventHubEndpoint: true, ipRules: [] } } },
    ],
    ['a later lowest TLS version', { properties: { minTlsVersion: '1.2' } }],
  ])('%s: 400', async (_what, members) => {
    const before = await hubs.get(resourceGroup, hubName);
    const change = put(hubName, members);
    expect(await failureOf(change)).toMatchObject({ statusCode: 400, code: 'ArgumentInvalid' });
    expect(await hubs.get(resourceGroup, hubName)).toEqual(before);
  });

  test.each<[string, Partial<IotHubDescription>]>([
    [
      'security-limits 39: another number of partitions',
      { properties: { eventHubEndpoints: { events: { partitionCount: 8 } } } },
    ],
    ['another location', { location: 'elsewhere' }],
  ])('%s: 409', async (_what, members) => {
    const change = put(hubName, members);
    expect(await failureOf(change)).toMatchObject({ statusCode: 409, code: 'GenericConflict' });
  });

  test('another entity tag: 412', async () => {
    const change = put(hubName, { tags: { lost: 'update' } }, 'b3RoZXI=');
    expect(await failureOf(change)).toMatchObject({
      statusCode: 412,
      code: 'PreconditionFailed',
    });
  });

  test('PATCH of a hub that there is not: 404, with its code', async () => {
    const change = hubs.beginUpdateAndWait(resourceGroup, 'nobody', { tags: {} });
    expect(await failureOf(change)).toMatchObject({ statusCode: 404, code: 'GenericNotFound' });
  });

  test.each(['ab', '-hub', 'hub_1', '12345'])('the name %s: 400', async (name) => {
    expect(await failureOf(put(name))).toMatchObject({ statusCode: 400, code: 'ArgumentInvalid' });
  });

  test('a policy that there is not: 404', async () => {
    const keys = hubs.getKeysForKeyName(resourceGroup, 'local', 'nobody');
    expect(await failureOf(keys)).toMatchObject({ statusCode: 404 });
  });
});

test('consumer groups are made, shown, listed and deleted; there are twenty at most', async () => {
  const { name } = await createArmHub();
  const put = (group: string) =>
    hubs.createEventHubConsumerGroup(resourceGroup, name, 'events', group, {
      properties: { name: group },
    });
  const list = () => all(hubs.listEventHubConsumerGroups(resourceGroup, name, 'events'));

  expect(await put('Readers')).toMatchObject({ name: 'Readers', properties: { name: 'Readers' } });
  expect(await hubs.getEventHubConsumerGroup(resourceGroup, name, 'events', 'readers')).toEqual(
    await put('readers'),
  );
  expect((await list()).map((group) => group.name)).toEqual(['$Default', 'Readers']);
  for (let index = 2; index < 20; index++) {
    await put(`g${index}`);
  }
  expect(await failureOf(put('g20'))).toMatchObject({ statusCode: 400, code: 'ArgumentInvalid' });
  expect(await failureOf(put('g'.repeat(51)))).toMatchObject({ statusCode: 400 });
  expect(await list()).toHaveLength(20);

  const remove = (group: string) =>
    hubs.deleteEventHubConsumerGroup(resourceGroup, name, 'events', group);
  await remove('READERS');
  expect(await failureOf(remove('Readers'))).toMatchObject({ statusCode: 404 });
  expect(await failureOf(remove('$Default'))).toMatchObject({ statusCode: 400 });
});

test('names, tiers, statistics, usages and operations are told', async () => {
  const made = await createArmHub();
  const available = (name: string) => hubs.checkNameAvailability({ name });
  expect(await available(`free-${randomUUID().slice(0, 8)}`)).toMatchObject({
    nameAvailable: true,
  });
  expect(await available(made.name.toUpperCase())).toMatchObject({
    nameAvailable: false,
    reason: 'AlreadyExists',
  });
  expect(await available('-')).toMatchObject({ nameAvailable: false, reason: 'Invalid' });

  const skus = await all(hubs.listValidSkus(resourceGroup, made.name));
  expect(skus.map(({ sku }) => sku.name)).toEqual(['F1', 'B1', 'B2', 'B3', 'S1', 'S2', 'S3']);
  const connect = await connector(made);
  await connect();
  expect(await hubs.getStats(resourceGroup, made.name)).toMatchObject({
    totalDeviceCount: 1,
    enabledDeviceCount: 1,
    disabledDeviceCount: 0,
  });
  const { value: usages } = await arm.resourceProviderCommon.getSubscriptionQuota();
  const paid = usages?.find(({ name }) => name?.value === 'PaidIotHubs');
  expect(paid?.currentValue).toBeGreaterThanOrEqual(2);
  const operations = await all(arm.operations.list());
  expect(operations.length).toBeGreaterThan(10);
});

/** Makes a device in the hub; each call connects it once with the Node SDK, through the test's address. */
async function connector({ name, properties }: IotHubDescription): Promise<() => Promise<void>> {
  const policies = await listPolicies(name ?? '');
  const owner = policies.find(({ keyName }) => keyName === 'iothubowner');
  const host = properties?.hostName ?? '';
  const access = { host, owner: { name: 'iothubowner', key: owner?.primaryKey ?? '' } };
  const { deviceId, primaryKey } = await createDevice(undefined, {}, access);
  const connection = [
    `HostName=${host}`,
    `DeviceId=${deviceId}`,
    `SharedAccessKey=${primaryKey}`,
    `GatewayHostName=${hub.host}`,
  ].join(';');
  return async () => {
    const client = Client.fromConnectionString(connection, Mqtt);
    await client.open();
    await client.close();
  };
}

async function retentionDaysOf(name: string): Promise<number> {
  const kafka = new Kafka({ brokers: hub.kafkaBrokers, logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  try {
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [
        {
          type: ConfigResourceTypes.TOPIC,
          name: `linchpin.events.${name.toLowerCase()}`,
        },
      ],
    });
    const entries = resources[0]?.configEntries ?? [];
    const retention = entries.find(({ configName }) => configName === 'retention.ms');
    return Number(retention?.configValue) / 86_400_000;
  } finally {
    await admin.disconnect();
  }
}
