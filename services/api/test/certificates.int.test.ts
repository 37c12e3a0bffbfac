/** CA certificates in the shapes of Azure Resource Manager (security-limits.md section 7). */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ask, type Answer, type Question } from './support/exchange.js';
import { verificationCode } from './support/fake-certificates.js';
import { adminToken, startTestApi, type TestApi } from './support/start-test-api.js';

const hubId = '/subscriptions/sub/resourceGroups/group/providers/Microsoft.Devices/IotHubs/Test';
const der = Buffer.from('whatever').toString('base64');
let api: TestApi;

beforeAll(async () => {
  api = await startTestApi();
});

afterAll(async () => {
  await api.stop();
});

function administer(method: string, path: string, question: Partial<Question> = {}) {
  return ask(api, {
    method,
    path: `${hubId}/certificates${path}?api-version=2023-06-30`,
    ...question,
    headers: { authorization: `Bearer ${adminToken}`, ...question.headers },
  });
}

const put = (name: string, headers: Record<string, string> = {}, isVerified?: boolean | null) =>
  administer('PUT', `/${name}`, {
    body: { properties: { certificate: der, isVerified } },
    headers,
  });

const tagOf = ({ json }: Answer): string => json.etag;

test('PUT creates with 201 and replaces with 200; GET and the list give the same', async () => {
  const created = await put('one');
  const replaced = await put('one', { 'if-match': `"${tagOf(created)}"` }, true);
  const read = await administer('GET', '/ONE');
  const listed = await administer('GET', '');

  expect([created.status, replaced.status, read.status, listed.status]).toEqual([
    201, 200, 200, 200,
  ]);
  expect(created.json).toEqual({
    id: `${hubId}/certificates/one`,
    name: 'one',
    type: 'Microsoft.Devices/IotHubs/Certificates',
    etag: expect.any(String),
    properties: {
      subject: 'CN=Root',
      expiry: 'Fri, 01 Feb 2036 10:00:00 GMT',
      thumbprint: 'AB'.repeat(20),
      isVerified: false,
      created: 'Sun, 01 Feb 2026 10:00:00 GMT',
      updated: 'Sun, 01 Feb 2026 10:00:00 GMT',
      certificate: der,
    },
  });
  expect(read.json).toEqual(replaced.json);
  expect(read.json).toMatchObject({ properties: { isVerified: true } });
  expect(read.headers.etag).toBe(`"${tagOf(read)}"`);
  expect(listed.json).toEqual({ value: [read.json] });
});

test('a verification code is shown once, and its proof verifies', async () => {
  const created = await put('two', {}, null);
  const generated = await administer('POST', '/two/generateVerificationCode', {
    headers: { 'if-match': tagOf(created) },
  });
  const read = await administer('GET', '/two');
  const verified = await administer('POST', '/two/verify', {
    headers: { 'if-match': tagOf(generated) },
    body: { certificate: 'cHJvb2Y=' },
  });

  expect(generated).toMatchObject({ status: 200, json: { properties: { verificationCode } } });
  expect(tagOf(generated)).not.toBe(tagOf(created));
  expect(read.text).not.toContain(verificationCode);
  expect(verified).toMatchObject({ status: 200, json: { properties: { isVerified: true } } });
});

test('security-limits 18: what proves nothing is 400 with the reason', async () => {
  await put('three');
  const headers = { 'if-match': '*' };
  const body = { certificate: der };
  const refused = await administer('POST', '/three/verify', { headers, body });
  expect(refused).toMatchObject({
    status: 400,
    json: { code: 'ArgumentInvalid', message: expect.stringContaining('proves nothing') },
  });
});

test.each([
  ['DELETE', '/four', undefined],
  ['POST', '/four/generateVerificationCode', undefined],
  ['POST', '/four/verify', { certificate: 'cHJvb2Y=' }],
])('security-limits 18: %s %s wants the right tag', async (method, path, body) => {
  await put('four');
  const missing = await administer(method, path, { body });
  const wrong = await administer(method, path, { body, headers: { 'if-match': 'd3Jvbmc=' } });
  expect(missing).toMatchObject({ status: 400, json: { code: 'ArgumentInvalid' } });
  expect(wrong).toMatchObject({ status: 412, json: { code: 'PreconditionFailed' } });
});

test('PUT with a wrong tag is 412', async () => {
  await put('five');
  expect(await put('five', { 'if-match': 'd3Jvbmc=' })).toMatchObject({ status: 412 });
});

test('DELETE is 200, and 204 when there is nothing', async () => {
  const created = await put('six');
  const headers = { 'if-match': `"${tagOf(created)}"` };
  expect(await administer('DELETE', '/six', { headers })).toMatchObject({ status: 200 });
  expect(await administer('DELETE', '/six', { headers })).toMatchObject({ status: 204 });
  expect(await administer('GET', '/six')).toMatchObject({
    status: 404,
    json: { code: 'CertificateNotFound' },
  });
});

test.each([
  [{}],
  [{ properties: {} }],
  [{ properties: { certificate: 1 } }],
  [{ properties: { certificate: der, isVerified: 'yes' } }],
])('PUT of %j is 400', async (body) => {
  expect(await administer('PUT', '/seven', { body })).toMatchObject({ status: 400 });
});

test('a hub of another group has no certificates here', async () => {
  const path = `${hubId.replace('group/', 'other/')}/certificates?api-version=2023-06-30`;
  const headers = { authorization: `Bearer ${adminToken}` };
  expect(await ask(api, { path, headers })).toMatchObject({ status: 404 });
});

test('nobody but the administrator sees them', async () => {
  const path = `${hubId}/certificates?api-version=2023-06-30`;
  for (const authorization of ['Bearer nobody', api.tokenOf('iothubowner')]) {
    expect(await ask(api, { path, headers: { authorization } })).toMatchObject({ status: 401 });
  }
});
