/** What an administrator may change of a hub, and ask of it (service-rest.md section 14). */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { administer, hubsPath, type Answer, type Question } from './support/exchange.js';
import { startTestApi, type TestApi } from './support/start-test-api.js';

const hub = `${hubsPath}/Test`;
let api: TestApi;

beforeAll(async () => {
  api = await startTestApi();
});

afterAll(async () => {
  await api.stop();
});

function call(method: string, path: string, body?: unknown): Promise<Answer> {
  const question: Question = { method, path, ...(body !== undefined && { body }) };
  return administer(api, question);
}

test('PUT sets what is named, and leaves the rest', async () => {
  const rule = { filterName: 'all', action: 'Reject', ipMask: '0.0.0.0/0' };
  const first = await call('PUT', hub, {
    tags: { a: '1' },
    sku: { name: 'S2', capacity: 4 },
    properties: { disableLocalAuth: false, ipFilterRules: [rule], comments: 'ours' },
  });
  const second = await call('PUT', hub, {
    properties: {
      limits: 'Unlimited',
      disableDeviceSAS: true,
      eventHubEndpoints: { events: { retentionTimeInDays: 7 } },
    },
  });

  expect([first.status, second.status]).toEqual([200, 200]);
  expect(second.json).toMatchObject({
    tags: { a: '1' },
    sku: { name: 'S2', tier: 'Standard', capacity: 4 },
    properties: {
      limits: 'unlimited',
      disableLocalAuth: false,
      disableDeviceSAS: true,
      ipFilterRules: [rule],
      comments: 'ours',
      features: 'None',
      eventHubEndpoints: { events: { retentionTimeInDays: 7 } },
    },
  });
  expect(second.json.etag).not.toBe(first.json.etag);
});

test('PATCH is of tags alone, and needs a hub', async () => {
  const { status, json, headers } = await call('PATCH', hub, { tags: { b: '2' } });
  const more = await call('PATCH', hub, { tags: { b: '3' }, sku: { name: 'F1' } });
  const none = await call('PATCH', `${hubsPath}/nobody`, { tags: {} });
  const elsewhere = await call('PATCH', hub.replace('/group/', '/other/'), { tags: {} });

  expect({ status, json }).toMatchObject({ status: 200, json: { tags: { b: '2' } } });
  expect(more).toMatchObject({ status: 400, json: { message: expect.stringMatching(/^sku: /) } });
  expect(headers.etag).toBe(`"${json.etag}"`);
  expect([none.status, elsewhere.status]).toEqual([404, 404]);
});

test('policies are replaced, regenerated, and never shown with the hub', async () => {
  const path = `${hubsPath}/keyed`;
  await call('PUT', path, { location: 'local' });
  const mine = { keyName: 'mine', rights: 'ServiceConnect, DeviceConnect' };
  const put = await call('PUT', path, { properties: { authorizationPolicies: [mine] } });
  const { json: before } = await call('POST', `${path}/IotHubKeys/mine/listkeys`);
  const { json: after } = await call('POST', `${path}/IotHubKeys/mine/regenerateKeys`, {
    keyType: 'secondarykey',
  });

  expect(put.text).not.toMatch(/authorizationPolicies|primaryKey/);
  expect(before).toMatchObject({ ...mine, primaryKey: expect.any(String) });
  expect(after).toMatchObject({ ...mine, primaryKey: before.primaryKey });
  expect(after).not.toMatchObject({
    secondaryKey: (before as unknown as { secondaryKey: string }).secondaryKey,
  });
  const all = await call('POST', `${path}/listkeys`);
  expect(all.json.value).toEqual([after]);
});

test.each([
  ['no key', {}],
  ['another key', { keyType: 'TertiaryKey' }],
  ['a number', { keyType: 1 }],
])('regenerating %s is refused', async (_what, body) => {
  const answer = await call('POST', `${hub}/IotHubKeys/service/regenerateKeys`, body);
  expect(answer).toMatchObject({ status: 400, json: { code: 'ArgumentInvalid' } });
});

test('rights that there are not are refused', async () => {
  const policy = { keyName: 'mine', rights: 'Everything' };
  const answer = await call('PUT', hub, { properties: { authorizationPolicies: [policy] } });
  expect(answer).toMatchObject({ status: 400, json: { code: 'ArgumentInvalid' } });
});

test('a description that is deeper than a stack is refused', async () => {
  const depth = 200_000;
  const body = `{"properties":{"routing":${'['.repeat(depth)}${']'.repeat(depth)}}}`;
  expect(await call('PUT', hub, body)).toMatchObject({ status: 400 });
});

test.each([
  ['hostNames', 16],
  ['authorizationPolicies', 16],
  ['ipFilterRules', 100],
])('of %s that are too many one fault is told, and not one for each', async (member, most) => {
  const many = Array.from({ length: 100_000 }, () => ({}));
  const answer = await call('PUT', hub, { properties: { [member]: many } });
  expect(answer).toMatchObject({ status: 400, json: { code: 'ArgumentInvalid' } });
  expect(answer.json).toMatchObject({
    message: expect.stringMatching(
      new RegExp(
        `^(ErrorCode:ArgumentInvalid;)?properties\\.${member}: must not have more than ${most} members`,
      ),
    ),
  });
});

test('of tags that are too many one fault is told, and a name of one is cut', async () => {
  const tags = Object.fromEntries(Array.from({ length: 50_000 }, (_, index) => [`t${index}`, 1]));
  const many = await call('PUT', hub, { tags });
  const long = await call('PUT', hub, { tags: { ['n'.repeat(100_000)]: 1 } });
  expect([many.status, long.status]).toEqual([400, 400]);
  expect(JSON.stringify(many.json)).toContain('tags: must not have more than 50 members');
  expect(JSON.stringify(long.json).length).toBeLessThan(1_000);
});

test('consumer groups are made, listed, shown and deleted', async () => {
  const groups = `${hub}/eventHubEndpoints/events/ConsumerGroups`;
  const made = await call('PUT', `${groups}/readers`, { properties: { name: 'readers' } });
  const listed = await call('GET', groups);
  const shown = await call('GET', `${groups}/READERS`);
  const deleted = await call('DELETE', `${groups}/readers`);
  const missing = await call('GET', `${groups}/readers`);

  expect([made, listed, shown, deleted, missing].map(({ status }) => status)).toEqual([
    200, 200, 200, 200, 404,
  ]);
  expect(listed.json.value.map(({ name }) => name)).toEqual(['$Default', 'readers']);
  expect(made.json).toEqual({
    id: `${hub}/eventHubEndpoints/events/ConsumerGroups/readers`,
    name: 'readers',
    type: 'Microsoft.Devices/IotHubs/EventHubEndpoints/ConsumerGroups',
    properties: { name: 'readers' },
  });
  expect(shown.json).toEqual(made.json);
});

test.each([
  [`${hub}/eventHubEndpoints/operationsMonitoringEvents/ConsumerGroups`, 'GET', 404],
  [`${hub}/eventHubEndpoints/events/ConsumerGroups/a b`.replace(' ', '%20'), 'PUT', 400],
  [`${hub}/eventHubEndpoints/events/ConsumerGroups/${'g'.repeat(51)}`, 'PUT', 400],
  [`${hub}/eventHubEndpoints/events/ConsumerGroups/nobody`, 'DELETE', 404],
  [`${hubsPath}/nobody/eventHubEndpoints/events/ConsumerGroups`, 'GET', 404],
  [`${hubsPath}/nobody/IotHubStats`, 'GET', 404],
  [`${hubsPath}/nobody/skus`, 'GET', 404],
  [`${hubsPath}/nobody/IotHubKeys/service/regenerateKeys`, 'POST', 404],
])('%s %s is %i', async (path, method, status) => {
  const body = method === 'POST' ? { keyType: 'PrimaryKey' } : undefined;
  expect((await call(method, path, body)).status).toBe(status);
});

test('a hub has statistics and tiers to change to', async () => {
  expect((await call('GET', `${hub}/IotHubStats`)).json).toEqual({
    totalDeviceCount: 0,
    enabledDeviceCount: 0,
    disabledDeviceCount: 0,
  });
  const { json } = await call('GET', `${hub}/skus`);
  expect(json.value).toHaveLength(7);
});

const provider = '/subscriptions/sub/providers/Microsoft.Devices';

test('a name is available, taken, or none', async () => {
  const check = async (body: unknown) =>
    (await call('POST', `${provider}/checkNameAvailability`, body)).json;

  expect(await check({ name: 'untaken' })).toEqual({ nameAvailable: true });
  expect(await check({ name: 'TEST' })).toMatchObject({
    nameAvailable: false,
    reason: 'AlreadyExists',
  });
  expect(await check({ name: '-' })).toMatchObject({ nameAvailable: false, reason: 'Invalid' });
  expect(await check({})).toMatchObject({ httpStatusCode: '400' });
});

test('a subscription has usages, and the provider operations', async () => {
  const usages = await call('GET', `${provider}/usages`);
  expect(usages.json.value).toContainEqual({
    id: `${provider}/usages/PaidIotHubs`,
    type: 'Microsoft.Devices/usages',
    unit: 'Count',
    currentValue: expect.any(Number),
    limit: 2_147_483_647,
    name: { value: 'PaidIotHubs', localizedValue: 'Paid IoT hubs' },
  });
  const operations = await call('GET', '/providers/Microsoft.Devices/operations');
  expect(operations.json.value.map(({ name }) => name)).toContain(
    'Microsoft.Devices/IotHubs/PutHub',
  );
});

test('an error has both of the shapes that clients of the control plane read', async () => {
  const { json } = await call('GET', `${hubsPath}/nobody`);
  expect(json).toEqual({
    code: 'GenericNotFound',
    httpStatusCode: '404',
    message: expect.any(String),
    details: expect.stringMatching(/^Tracking ID:/),
    error: { code: 'GenericNotFound', message: json.message },
  });
  const { json: outside } = await administer(api, { path: '/providers/nobody' });
  expect(outside).toMatchObject({ error: { code: 'GenericNotFound' } });
});
