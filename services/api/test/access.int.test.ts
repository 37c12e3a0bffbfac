import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createSasToken } from '@linchpin/auth';
import { administrationOperations } from '../src/http/operations.js';
import { isAdministration } from '../src/http/operation-roles.js';
import { unservedOperations } from '../src/http/unserved-operations.js';
import { apiVersion, ask, askAs, withApiVersion, type Answer } from './support/exchange.js';
import { adminToken, hostName, startTestApi, type TestApi } from './support/start-test-api.js';

let api: TestApi;

beforeAll(async () => {
  api = await startTestApi();
  const body = {};
  await askAs(api, 'iothubowner', { method: 'PUT', path: '/devices/d1', body });
  await askAs(api, 'iothubowner', { method: 'PUT', path: '/devices/d1/modules/m1', body });
});

afterAll(async () => {
  await api.stop();
});

function fill(path: string): string {
  return path
    .replace('{deviceId}', 'd1')
    .replace('{moduleId}', 'm1')
    .replace(/\{\w+\}/g, 'x');
}

test.each([
  ...administrationOperations,
  ...unservedOperations.filter(({ access }) => isAdministration(access)),
])('$method $path takes no policy’s token, nor another bearer’s', async ({ method, path }) => {
  const refused = [
    await ask({ ...api }, { method, path: fill(path) }),
    await askAs(api, 'iothubowner', { method, path: fill(path) }),
    await ask(api, { method, path: fill(path), headers: { authorization: 'Bearer not-this-one' } }),
  ];
  const allowed = await ask(api, {
    method,
    path: withApiVersion(fill(path)),
    headers: { authorization: `Bearer ${adminToken}` },
    body: {},
  });

  for (const { status, json, headers } of refused) {
    expect(status).toBe(401);
    expect(headers['www-authenticate']).toBe('Bearer');
    expect(json).toMatchObject({ code: 'GenericUnauthorized', httpStatusCode: '401' });
  }
  expect(allowed.status).not.toBe(401);
  expect(allowed.status).toBeLessThan(500);
});

test.each(unservedOperations)('$method $path is 404013 in its shape', async (operation) => {
  const { method, path, access, name } = operation;
  const authorization = isAdministration(access)
    ? `Bearer ${adminToken}`
    : api.tokenOf('iothubowner');
  const { status, headers, json } = await ask(api, {
    method,
    path: withApiVersion(fill(path)),
    headers: { authorization },
    body: {},
  });
  const isNested = /^\/(twins|digitaltwins|jobs\/v2)\//.test(path);

  expect([status, headers['iothub-errorcode']]).toEqual([404, 'FeatureNotSupported']);
  if (isAdministration(access)) {
    expect(json.message).toContain(name);
  } else if (isNested) {
    expect(JSON.parse(json.Message)).toMatchObject({
      errorCode: 404013,
      message: expect.stringContaining(name),
    });
  } else {
    expect(json.Message).toMatch(`ErrorCode:FeatureNotSupported;${name}`);
  }
});

test('security-limits 1: no Authorization header is 401 with code, JSON and a challenge', async () => {
  const { status, headers, json } = await ask(api, { path: `/devices?${apiVersion}` });

  expect(status).toBe(401);
  expect(headers).toMatchObject({
    'iothub-errorcode': 'IotHubUnauthorizedAccess',
    'content-type': 'application/json; charset=utf-8',
    'www-authenticate': 'SharedAccessSignature',
  });
  expect(json.Message).toBe('ErrorCode:IotHubUnauthorizedAccess;Authorization header missing');
});

test.each([
  ['security-limits quirk 7: a bearer token', 'Bearer eyJhbGciOiJSUzI1NiJ9.e30.c2ln'],
  ['the token of the control plane', `Bearer ${adminToken}`],
  ['security-limits 15: garbage', 'SharedAccessSignature garbage'],
  ['security-limits 15: binary garbage', 'SharedAccessSignature sr=%FF&sig=\xfe&se=\xff'],
  ['no token', 'SharedAccessSignature'],
  ['another scheme', 'Basic aW90aHVib3duZXI6a2V5'],
  ['an empty header', ' '],
])('%s is 401 in JSON, on a path of either shape', async (_, authorization) => {
  for (const path of ['/devices/d1', '/twins/d1']) {
    const { status, headers, json } = await ask(api, {
      path: `${path}?${apiVersion}`,
      headers: { authorization },
    });

    expect(status).toBe(401);
    expect(headers['content-type']).toMatch('application/json');
    expect(json.Message).toMatch(/^ErrorCode:IotHubUnauthorized/);
  }
});

interface TokenParts {
  readonly audience?: string;
  readonly policy?: string | undefined;
  readonly aheadMs?: number;
  readonly key?: 'primaryKey' | 'secondaryKey';
}

async function statusWith(parts: TokenParts, rewrite = (token: string) => token): Promise<Answer> {
  const { audience = hostName, aheadMs = 60_000, key = 'primaryKey' } = parts;
  const policy = 'policy' in parts ? parts.policy : 'iothubowner';
  const token = createSasToken({
    audience,
    policy,
    key: api.hub.policies.find(({ name }) => name === 'iothubowner')![key],
    expiresAt: new Date(Date.now() + aheadMs),
  });
  return ask(api, {
    path: `/devices/d1?${apiVersion}`,
    headers: { authorization: rewrite(token) },
  });
}

test.each([
  ['security-limits 3: fields in another order', {}, reorder, 200],
  ['security-limits 4: the secondary key', { key: 'secondaryKey' }, same, 200],
  ['security-limits 5: expired by a minute', { aheadMs: -60_000 }, same, 200],
  ['service-rest 70, security-limits 5: expired by an hour', { aheadMs: -3_600_000 }, same, 401],
  ['security-limits 6: another policy', { policy: 'nobody' }, same, 401],
  ['security-limits 6: another host', { audience: 'other.example' }, same, 401],
  ['a part of the hub that holds the path', { audience: `${hostName}/devices` }, same, 200],
  ['another part of the hub', { audience: `${hostName}/twins` }, same, 401],
  [
    'security-limits 10: the token of a device',
    { audience: `${hostName}/devices/d1`, policy: undefined },
    same,
    401,
  ],
  ['security-limits 11: another device', { audience: `${hostName}/devices/d` }, same, 401],
] as const)('%s', async (_, parts, rewrite, expected) => {
  const { status, json } = await statusWith(parts, rewrite);

  expect(status).toBe(expected);
  expect(status === 200 || json.Message.startsWith('ErrorCode:IotHubUnauthorized')).toBe(true);
});

test('the token must cover the path as decoded, with literals as they are documented', async () => {
  const token = createSasToken({
    audience: `${hostName}/devices/d1`,
    policy: 'iothubowner',
    key: api.hub.policies[0]!.primaryKey,
    expiresAt: new Date(Date.now() + 60_000),
  });
  const paths = ['/devices/d1', '/DEVICES/%641/', '/devices/D1', '/devices/d1%2F..%2Fd2'];
  const statuses: number[] = [];
  for (const path of paths) {
    const headers = { authorization: token };
    statuses.push((await ask(api, { path: `${path}?${apiVersion}`, headers })).status);
  }

  expect(statuses).toEqual([200, 200, 401, 400]);
});

test('security-limits section 2: rights are checked before the api-version, and that before the body', async () => {
  const body = '{ not json';
  const put = { method: 'PUT', path: '/devices/x?', body };

  expect((await askAs(api, 'registryRead', put)).status).toBe(401);
  expect((await askAs(api, 'iothubowner', put)).headers['iothub-errorcode']).toBe(
    'InvalidProtocolVersion',
  );
  expect(
    (await askAs(api, 'iothubowner', { ...put, path: `/devices/x?${apiVersion}` })).headers[
      'iothub-errorcode'
    ],
  ).toBe('ArgumentInvalid');
});

function same(token: string): string {
  return token;
}

function reorder(token: string): string {
  const [scheme = '', fields = ''] = token.split(' ');
  return `${scheme} ${fields.split('&').reverse().join('&')}`;
}
