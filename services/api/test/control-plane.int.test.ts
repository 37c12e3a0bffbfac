/** The administration of hubs in the shapes of Azure Resource Manager (service-rest.md section 14). */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { HubState } from '@linchpin/contracts';
import {
  administer as administerApi,
  askAs,
  hubsPath,
  type Answer,
  type Question,
} from './support/exchange.js';
import { startTestApi, type TestApi } from './support/start-test-api.js';

const group = hubsPath;
let api: TestApi;

beforeAll(async () => {
  api = await startTestApi();
});

afterAll(async () => {
  await api.stop();
});

function administer(question: Question): Promise<Answer> {
  return administerApi(api, question);
}

function put(name: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  return administer({ method: 'PUT', path: `${group}/${name}`, body, headers });
}

test('PUT creates with 201 and finds with 200; GET gives the same', async () => {
  const description = {
    location: 'local',
    sku: { name: 'S1', capacity: 1 },
    properties: {
      hostNames: ['one.example', '10.1.2.3'],
      eventHubEndpoints: { events: { partitionCount: 2, retentionTimeInDays: 3 } },
    },
  };
  const created = await put('one', description);
  const repeated = await put('one', description);
  const read = await administer({ path: `${group}/one` });

  expect([created.status, repeated.status, read.status]).toEqual([201, 200, 200]);
  expect(created.json).toMatchObject({
    id: `${group}/one`,
    name: 'one',
    properties: {
      state: 'Active',
      provisioningState: 'Succeeded',
      hostName: 'one.example',
      eventHubEndpoints: {
        events: {
          partitionIds: ['0', '1'],
          path: 'linchpin.events.one',
          endpoint: 'kafka.example:9092',
        },
      },
    },
  });
  expect(read.json).toEqual(created.json);
  expect(read.headers.etag).toBe(`"${read.json.etag}"`);
});

test('an SDK that writes back what it read, with its policies, changes nothing', async () => {
  const { json } = await put('echo', { location: 'local' });
  const keys = await administer({ method: 'POST', path: `${group}/echo/listkeys` });
  const headers = { 'if-match': json.etag };
  const again = await put(
    'echo',
    {
      ...json,
      properties: { ...json.properties, authorizationPolicies: keys.json.value },
      tags: null,
    },
    headers,
  );

  expect(again).toMatchObject({ status: 200, json });
  expect(again.text).not.toContain('primaryKey');
});

test.each([
  ['partitionCount', { properties: { eventHubEndpoints: { events: { partitionCount: 9 } } } }],
  ['location', { location: 'moon' }],
  ['hostNames', { properties: { hostNames: ['new.example'] } }],
])('security-limits 39: another %s is refused with a sentence', async (_, change) => {
  await put('fixed', { location: 'local' });
  const { status, json } = await put('fixed', { location: 'local', ...change });

  expect(status).toBe(409);
  expect(json).toMatchObject({ code: 'GenericConflict', httpStatusCode: '409' });
  expect(json.message).toMatch(/\w+ .*definition/);
});

test('names are one whatever their letter case; another resource group has no such hub', async () => {
  await put('Letters', { location: 'local' });
  const elsewhere = group.replace('/group/', '/other/');

  expect((await administer({ path: `${group.toUpperCase()}/LETTERS` })).json.name).toBe('Letters');
  expect((await put('letters', { location: 'LOCAL' })).status).toBe(200);
  expect(await administer({ path: `${elsewhere}/Letters` })).toMatchObject({
    status: 404,
    json: { code: 'GenericNotFound' },
  });
  expect((await administer({ method: 'DELETE', path: `${elsewhere}/Letters` })).status).toBe(204);
  expect((await administer({ path: `${group}/Letters` })).status).toBe(200);
});

test.each([
  ['no location', {}, 400],
  ['a location that is none', { location: 1 }, 400],
  ['a list for properties', { location: 'local', properties: [] }, 400],
])('a description with %s is refused', async (_, body, status) => {
  expect((await put('bad', body)).status).toBe(status);
});

test('If-Match is held to', async () => {
  expect((await put('absent', { location: 'local' }, { 'if-match': '*' })).status).toBe(412);
  const { json } = await put('tagged', { location: 'local' });

  expect((await put('tagged', { location: 'local' }, { 'if-match': '"eA=="' })).status).toBe(412);
  expect((await put('tagged', { location: 'local' }, { 'if-match': json.etag })).status).toBe(200);
});

test('DELETE is 200 when the hub is gone and 204 when there was none', async () => {
  await put('doomed', { location: 'local' });
  const first = await administer({ method: 'DELETE', path: `${group}/doomed` });
  const second = await administer({ method: 'DELETE', path: `${group}/doomed` });

  expect([first.status, second.status, second.text]).toEqual([200, 204, '']);
  expect((await administer({ path: `${group}/doomed` })).status).toBe(404);
});

test('keys come by listkeys alone, with rights as Azure writes them', async () => {
  const all = await administer({ method: 'POST', path: `${group}/Test/listkeys` });
  const one = await administer({
    method: 'POST',
    path: `${group}/Test/IotHubKeys/IotHubOwner/ListKeys`,
  });
  const none = await administer({
    method: 'POST',
    path: `${group}/Test/IotHubKeys/nobody/listkeys`,
  });

  expect(all.json.value.map(({ keyName }) => keyName)).toEqual([
    'iothubowner',
    'service',
    'device',
    'registryRead',
    'registryReadWrite',
  ]);
  expect(one.json).toEqual(all.json.value[0]);
  expect(one.json).toEqual({
    keyName: 'iothubowner',
    primaryKey: api.hub.policies[0]!.primaryKey,
    secondaryKey: api.hub.policies[0]!.secondaryKey,
    rights: 'RegistryWrite, ServiceConnect, DeviceConnect',
  });
  expect(none).toMatchObject({ status: 404, json: { httpStatusCode: '404' } });
});

test('a hub is listed in its subscription and in its group, and nowhere else', async () => {
  api.registry.addHub({
    name: 'foreign',
    subscriptionId: 'another',
    resourceGroup: 'group',
    location: 'local',
    hostNames: [],
  });
  const names = async (path: string): Promise<string[]> =>
    (await administer({ path })).json.value.map(({ name }) => name);
  const subscription = '/subscriptions/another/providers/Microsoft.Devices/IotHubs';

  expect(await names(subscription)).toEqual(['foreign']);
  expect(await names(group)).toContain('Test');
  expect(await names(group)).not.toContain('foreign');
  expect(await names(group.replace('/group/', '/empty/'))).toEqual([]);
});

test('a long list comes in pages, each with the link of the next', async () => {
  for (let index = 0; index < 150; index++) {
    const name = `many-${String(index).padStart(4, '0')}`;
    api.registry.addHub({
      ...{ name, subscriptionId: 'many', resourceGroup: 'g', location: 'l', hostNames: [] },
    });
  }
  const found: string[] = [];
  let path = '/subscriptions/many/providers/Microsoft.Devices/IotHubs?api-version=2023-06-30';
  for (let pages = 0; path !== ''; pages++) {
    const { json } = await administer({ path });
    found.push(...json.value.map(({ name }) => name));
    const link = json.nextLink && new URL(json.nextLink);
    path = link ? link.pathname + link.search : '';
    expect(pages).toBeLessThan(5);
  }
  api.registry.hubs.forEach(({ hub }, name) => {
    if (hub.subscriptionId === 'many') {
      api.registry.hubs.delete(name);
    }
  });

  expect(found).toHaveLength(150);
  expect(new Set(found).size).toBe(150);
});

test('a hub that is being made has a provisioning state that pollers wait on', async () => {
  const stored = api.registry.addHub({
    ...{
      name: 'young',
      subscriptionId: 'sub',
      resourceGroup: 'group',
      location: 'l',
      hostNames: [],
    },
  });
  api.registry.hubs.set('young', {
    ...stored,
    hub: { ...stored.hub, state: HubState.ACTIVATING },
  });

  expect((await administer({ path: `${group}/young` })).json).toMatchObject({
    properties: { state: 'Activating', provisioningState: 'Accepted' },
  });
});

test.each([
  ['?', 'MissingApiVersionParameter'],
  ['?api-version=', 'MissingApiVersionParameter'],
  ['?api-version=whatever', 'InvalidApiVersionParameter'],
  ['?api-version=2021-04-12', 'InvalidApiVersionParameter'],
])('%s is 400 with %s, on operations of Azure’s and of ours', async (query, code) => {
  for (const path of [`${group}/Test`, `${group}/Test/auditLog`, `${group}/nope/skus`]) {
    const { status, headers, json } = await administer({ path: `${path}${query}` });

    expect([status, headers['iothub-errorcode']]).toEqual([400, code]);
    expect(json).toMatchObject({ code, error: { code } });
  }
});

test.each(['2018-01-22', '2019-07-01-preview', '2021-07-02', '2023-06-30'])(
  'the api-version %s is taken',
  async (version) => {
    const path = `${group}/Test?api-version=${version}`;

    expect((await administer({ path })).status).toBe(200);
  },
);

test('whoever may not is not told of the api-version', async () => {
  const headers = { authorization: 'Bearer nobody' };

  expect((await administer({ path: `${group}/Test?`, headers })).status).toBe(401);
});

test('keys of a new hub open its data plane', async () => {
  const { json } = await administer({
    method: 'POST',
    path: `${group}/Test/IotHubKeys/registryRead/listkeys`,
  });

  expect(json.primaryKey).toBe(api.hub.policies[3]!.primaryKey);
  expect((await askAs(api, 'registryRead', { path: '/devices' })).status).toBe(200);
});
