/** What the owner of one hub may do on the control plane, and what takes an owner of all of them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { createTestCertificate, TestIssuer } from '@linchpin/testing';
import {
  administer,
  ask,
  hubsPath,
  withApiVersion,
  type Answer,
  type Question,
} from './support/exchange.js';
import { startTestApi, type TestApi } from './support/start-test-api.js';

jest.setTimeout(30_000);

const folder = mkdtempSync(join(tmpdir(), 'issuer-'));
const certificate = createTestCertificate(folder, 'issuer', 'ec');
const hub = `${hubsPath}/Test`;
let issuer: TestIssuer;
let api: TestApi;

beforeAll(async () => {
  issuer = await TestIssuer.start({ certificate });
  api = await startTestApi({
    LINCHPIN_OIDC_ISSUER: issuer.url,
    LINCHPIN_OIDC_AUDIENCE: 'linchpin',
    LINCHPIN_OIDC_CA_FILE: certificate.certificate,
  });
});

afterAll(async () => {
  await api.stop();
  await issuer.pause();
  rmSync(folder, { recursive: true });
});

beforeEach(async () => {
  const sku = { name: 'S2', capacity: 3 };
  await administer(api, {
    method: 'PUT',
    path: hub,
    body: { sku, properties: { limits: 'tier' } },
  });
  api.registry.calls.length = 0;
});

async function askAs(role: string, question: Question): Promise<Answer> {
  const authorization = `Bearer ${await issuer.sign({ roles: [role] })}`;
  const path = withApiVersion(question.path);
  return ask(api, { ...question, path, headers: { ...question.headers, authorization } });
}

/** Which rpcs on hubs were called. */
function rpcs(): string[] {
  return api.registry.calls.map(({ path }) => path.replace(/.*\//, ''));
}

test('it reads the hub, changes members and writes all of it back', async () => {
  const { json } = await askAs('owner@test', { path: hub });
  const properties = { ...json.properties, disableLocalAuth: true };
  const body = { ...json, tags: { a: '1' }, properties };
  const headers = { 'if-match': json.etag };
  const put = await askAs('owner@test', { method: 'PUT', path: hub, body, headers });

  expect(put.status).toBe(200);
  expect(put.json).toMatchObject({
    tags: { a: '1' },
    sku: { name: 'S2', capacity: 3 },
    properties: { limits: 'tier', disableLocalAuth: true },
  });
});

test.each([
  ['sku.name', { sku: { name: 'S3' } }],
  ['sku.capacity', { sku: { name: 'S2', capacity: 10 } }],
  ['properties.limits', { properties: { limits: 'Unlimited' } }],
])('another %s takes an owner of all hubs', async (member, body) => {
  const question = { method: 'PUT', path: hub, body: { tags: { b: '2' }, ...body } };
  const { status, json, headers } = await askAs('owner@test', question);

  expect(status).toBe(403);
  expect(headers['iothub-errorcode']).toBe('GenericForbidden');
  const message = expect.stringMatching(`changing ${member}: .* role owner of all hubs`);
  expect(json).toMatchObject({
    ...{ code: 'GenericForbidden', httpStatusCode: '403', message },
    error: { code: 'GenericForbidden', message },
  });
  expect(rpcs()).toEqual(['GetHub']);
  expect((await askAs('owner', question)).status).toBe(200);
});

test('a new hub takes an owner of all hubs, whatever host names it would have', async () => {
  const properties = { hostNames: ['other.example'] };
  const body = { location: 'local', properties };
  const question = { method: 'PUT', path: `${hubsPath}/Mine`, body };
  const { status, json } = await askAs('owner@mine', question);

  expect(status).toBe(403);
  expect(json.message).toMatch(/creating a hub: .* role owner of all hubs/);
  expect(rpcs()).toEqual(['GetHub']);
  expect((await askAs('owner', question)).status).toBe(201);
  expect((await askAs('owner@mine', { method: 'DELETE', path: question.path })).status).toBe(200);
  expect((await askAs('owner@mine', question)).status).toBe(403);
});

test.each<[string, object]>([
  ['location', { location: 'elsewhere' }],
  ['host names', { properties: { hostNames: ['other.example'] } }],
  ['partitions', { properties: { eventHubEndpoints: { events: { partitionCount: 32 } } } }],
])('the %s of its hub are what they are', async (_, body) => {
  expect((await askAs('owner@test', { method: 'PUT', path: hub, body })).status).toBe(409);
});

test('it does not move its hub', async () => {
  const path = hub.replace('/group/', '/other/');
  const tags = { method: 'PATCH', path, body: { tags: {} } };

  expect((await askAs('owner@test', { method: 'PUT', path, body: {} })).status).toBe(409);
  expect((await askAs('owner@test', tags)).status).toBe(404);
});

test('PATCH of its hub is of tags alone', async () => {
  const patch = (body: object) => askAs('owner@test', { method: 'PATCH', path: hub, body });
  const { status, json } = await patch({ tags: { c: '3' } });
  const more = await patch({ tags: { c: '4' }, sku: { name: 'S3', capacity: 10 } });

  expect([status, more.status]).toEqual([200, 400]);
  expect(json).toMatchObject({ tags: { c: '3' }, sku: { name: 'S2', capacity: 3 } });
});

test('a list goes on at hubs of its own, however many others there are', async () => {
  const place = { subscriptionId: 'sub', resourceGroup: 'group', location: 'l', hostNames: [] };
  const names = Array.from({ length: 60 }, (_, index) => `a-${String(index).padStart(2, '0')}`);
  names.forEach((name) => api.registry.addHub({ ...place, name }));
  const own = await askAs('owner@test', { path: hubsPath });
  const all = await askAs('owner', { path: hubsPath });
  names.forEach((name) => api.registry.hubs.delete(name));

  expect(own.json.value.map(({ name }) => name)).toEqual(['Test']);
  expect(own.text).not.toContain('a-');
  expect(own.json.nextLink).toBeUndefined();
  expect(all.json.nextLink).toContain('skipToken=a-');
});
