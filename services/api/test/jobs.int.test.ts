import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ask, askAs, resourceApiVersion, type Answer } from './support/exchange.js';
import { adminToken, startTestApi, type TestApi } from './support/start-test-api.js';

let api: TestApi;

beforeAll(async () => {
  api = await startTestApi();
});

afterAll(() => api.stop());

const container = 'https://store.example/box';
const uri = `${container}?sv=1&sig=secret`;
const hub = '/subscriptions/sub/resourceGroups/group/providers/Microsoft.Devices/IotHubs/Test';

function create(body: object): Promise<Answer> {
  return askAs(api, 'iothubowner', { method: 'POST', path: '/jobs/create', body });
}

function administer(method: string, path: string, body?: object): Promise<Answer> {
  const headers = { authorization: `Bearer ${adminToken}` };
  return ask(api, { method, path: `${hub}${path}?${resourceApiVersion}`, headers, body });
}

const lastRequest = () => api.registry.jobs.requests.at(-1);

test('an export is asked for with its standards, and is answered as Azure does', async () => {
  const { status, json } = await create({ type: 'Export', outputBlobContainerUri: uri });

  expect(lastRequest()).toMatchObject({
    hub: 'Test',
    work: {
      $case: 'export',
      value: { outputContainerUri: uri, outputBlobName: 'devices.txt', excludeKeys: false },
    },
  });
  expect(status).toBe(200);
  expect(json).toEqual({
    jobId: expect.any(String),
    startTimeUtc: '2026-02-01T10:00:00.0000000Z',
    type: 'export',
    status: 'enqueued',
    progress: 0,
    inputBlobContainerUri: null,
    inputBlobName: null,
    outputBlobContainerUri: expect.stringContaining(container),
    outputBlobName: 'devices.txt',
    excludeKeysInExport: false,
    storageAuthenticationType: 'keyBased',
    includeConfigurations: false,
    configurationsBlobName: 'configurations.txt',
  });
});

test('an import names its blobs; nulls and empty texts are standards', async () => {
  await create({
    type: 'import',
    inputBlobContainerUri: uri,
    inputBlobName: 'in.txt',
    outputBlobContainerUri: uri,
    outputBlobName: null,
    storageAuthenticationType: 'KeyBased',
    identity: null,
    includeConfigurations: null,
  });

  expect(lastRequest()?.work).toEqual({
    $case: 'import',
    value: { inputContainerUri: uri, inputBlobName: 'in.txt', outputContainerUri: uri },
  });
});

test.each([
  [{ type: 'export' }, 'ArgumentNull'],
  [{ type: 'import', outputBlobContainerUri: uri }, 'ArgumentNull'],
  [{ type: 'backup', outputBlobContainerUri: uri }, 'ArgumentInvalid'],
  [{ outputBlobContainerUri: uri }, 'ArgumentInvalid'],
  [{ type: 'export', outputBlobContainerUri: 5 }, 'ArgumentInvalid'],
  [
    { type: 'export', outputBlobContainerUri: uri, storageAuthenticationType: 'identityBased' },
    'ManagedIdentityNotEnabled',
  ],
  [
    { type: 'export', outputBlobContainerUri: uri, identity: { userAssignedIdentity: 'x' } },
    'ManagedIdentityNotEnabled',
  ],
  [
    { type: 'export', outputBlobContainerUri: uri, includeConfigurations: true },
    'FeatureNotSupported',
  ],
])('%j is %s, and asks for no job', async (body, code) => {
  const before = api.registry.jobs.requests.length;
  const { headers, text } = await create(body);

  expect(headers['iothub-errorcode']).toBe(code);
  expect(text).not.toContain('secret');
  expect(api.registry.jobs.requests).toHaveLength(before);
});

test('a job is got, listed and cancelled, whatever If-Match says', async () => {
  const { json } = await create({ type: 'export', outputBlobContainerUri: uri });
  const { jobId } = json as unknown as { jobId: string };
  const path = `/jobs/${jobId}`;
  const headers = { 'if-match': `"${jobId}"` };
  const got = await askAs(api, 'registryRead', { path });
  const listed = await askAs(api, 'registryRead', { path: '/jobs' });
  const cancelled = await askAs(api, 'registryReadWrite', { method: 'DELETE', path, headers });

  expect(got.json).toEqual(json);
  expect(listed.json).toContainEqual(json);
  expect(cancelled).toMatchObject({
    status: 200,
    json: { jobId, status: 'cancelled', endTimeUtc: '2026-02-01T10:00:01.0000000Z' },
  });
});

test('an unknown job is JobNotFound in the shape of its path', async () => {
  const answer = await askAs(api, 'iothubowner', { path: `/jobs/${randomUUID()}` });

  expect(answer.status).toBe(404);
  expect(answer.json.Message).toMatch(/^ErrorCode:JobNotFound;/);
});

test('ARM: jobs of a hub, with the dates of HTTP', async () => {
  const exported = await administer('POST', '/exportDevices', {
    exportBlobContainerUri: uri,
    excludeKeys: true,
    exportBlobName: 'out.txt',
  });
  expect(lastRequest()?.work).toEqual({
    $case: 'export',
    value: { outputContainerUri: uri, outputBlobName: 'out.txt', excludeKeys: true },
  });
  const imported = await administer('POST', '/importDevices', {
    inputBlobContainerUri: uri,
    outputBlobContainerUri: uri,
  });
  const { jobId } = imported.json as unknown as { jobId: string };

  expect(exported).toMatchObject({
    status: 200,
    json: { type: 'export', startTimeUtc: 'Sun, 01 Feb 2026 10:00:00 GMT' },
  });
  expect((await administer('GET', `/jobs/${jobId}`)).json).toEqual(imported.json);
  expect((await administer('GET', '/jobs')).json.value).toEqual(
    expect.arrayContaining([imported.json, exported.json]),
  );
  expect((await administer('GET', `/jobs/${randomUUID()}`)).json).toMatchObject({
    code: 'JobNotFound',
  });
});

test("no signature is in the api's log", () => {
  expect(JSON.stringify(api.log)).not.toContain('secret');
});
