/** Bearer tokens of an OpenID Connect issuer, on the control plane and at the service REST API. */
import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { createTestCertificate, eventually, TestIssuer } from '@linchpin/testing';
import { exportJWK, exportSPKI, generateKeyPair, importJWK, SignJWT } from 'jose';
import { apiVersion, ask, withApiVersion, type Answer } from './support/exchange.js';
import { adminToken, startTestApi, type TestApi } from './support/start-test-api.js';

jest.setTimeout(30_000);

const folder = mkdtempSync(join(tmpdir(), 'issuer-'));
const certificate = createTestCertificate(folder, 'issuer', 'ec');
let issuer: TestIssuer;
let api: TestApi;

const group = '/subscriptions/sub/resourceGroups/group/providers/Microsoft.Devices/IotHubs';
const hubPath = `${group}/Test`;
const devicePath = `/devices/d1?${apiVersion}`;

beforeAll(async () => {
  issuer = await TestIssuer.start({ certificate });
  api = await startApi(issuer);
  api.registry.addHub({
    ...{ name: 'Other', subscriptionId: 'sub', resourceGroup: 'group', location: 'local' },
    hostNames: ['other.example'],
  });
  await asBearer(['data contributor'], { method: 'PUT', path: devicePath, body: {} });
});

afterAll(async () => {
  await api.stop();
  await issuer.pause();
  rmSync(folder, { recursive: true });
});

function startApi({ url }: TestIssuer, variables: Record<string, string> = {}): Promise<TestApi> {
  return startTestApi({
    LINCHPIN_OIDC_ISSUER: url,
    LINCHPIN_OIDC_AUDIENCE: 'https://iothubs.azure.net,linchpin',
    LINCHPIN_OIDC_CA_FILE: certificate.certificate,
    ...variables,
  });
}

function withToken(token: string, question: Parameters<typeof ask>[1], of = api): Promise<Answer> {
  const headers = { host: '127.0.0.1', authorization: `Bearer ${token}`, ...question.headers };
  return ask(of, { ...question, path: withApiVersion(question.path), headers });
}

async function asBearer(
  roles: readonly string[],
  question: Parameters<typeof ask>[1],
): Promise<Answer> {
  return withToken(await issuer.sign({ roles }), question);
}

/** Without what is another's at each request. */
function comparable({ status, headers, text }: Answer): object {
  const body = text.replace(/[0-9a-f]{32}|\d\d\/\d\d\/\d{4} \d\d:\d\d:\d\d/g, '');
  const { date, 'x-ms-request-id': id, ...same } = headers;
  return { status, headers: same, body, hasDate: date !== undefined, hasId: id !== undefined };
}

describe('the control plane', () => {
  test.each([
    ['reader', 200, 403],
    ['owner', 200, 200],
    ['Contributor', 200, 200],
    ['reader@test', 200, 403],
    ['owner@TEST', 200, 200],
    ['owner@other', 403, 403],
    ['data contributor', 403, 403],
    ['nobody', 403, 403],
  ])('%s: a hub %d, its keys %d', async (role, hub, keys) => {
    const read = await asBearer([role], { path: hubPath });
    const listed = await asBearer([role], { method: 'POST', path: `${hubPath}/listkeys` });

    expect([read.status, listed.status]).toEqual([hub, keys]);
  });

  test('who has roles on one hub does not learn which others there are', async () => {
    const there = await asBearer(['owner@Test'], { path: `${group}/Other` });
    const nowhere = await asBearer(['owner@Test'], { path: `${group}/Third` });
    const { json } = await asBearer(['reader@Test'], { path: group });

    expect(there.status).toBe(403);
    expect(comparable(there)).toEqual(comparable(nowhere));
    expect(there.json).toMatchObject({ code: 'GenericForbidden', httpStatusCode: '403' });
    expect(json.value.map(({ name }) => name)).toEqual(['Test']);
  });

  test('the admin token goes on as before', async () => {
    const { json } = await withToken(adminToken, { path: group });

    expect(json.value.map(({ name }) => name).sort()).toEqual(['Other', 'Test']);
  });
});

describe('the service REST API', () => {
  test.each([
    ['IoT Hub Data Contributor', 200, 204],
    ['IoT Hub Data Reader', 200, 401],
    ['IoT Hub Registry Contributor', 200, 204],
    ['IoT Hub Twin Contributor', 401, 401],
    ['IoT Hub Data Contributor@Test', 200, 204],
    ['IoT Hub Data Contributor@Other', 401, 401],
    ['owner', 401, 401],
    ['reader', 401, 401],
  ])('%s: a device %d, its removal %d', async (role, read, remove) => {
    const create = { method: 'PUT', path: `/devices/x?${apiVersion}`, body: {} };
    await asBearer(['data contributor'], create);
    const got = await asBearer([role], { path: devicePath });
    const removed = await asBearer([role], {
      method: 'DELETE',
      path: `/devices/x?${apiVersion}`,
    });

    expect([got.status, removed.status]).toEqual([read, remove]);
  });

  test('the header Host says which hub is meant, and a role of one hub reaches no other', async () => {
    const askAt = async (role: string, host: string): Promise<Answer> =>
      asBearer([role], { path: devicePath, headers: { host } });

    expect((await askAt('data contributor', 'OTHER.example:443')).json.Message).toMatch(
      'ErrorCode:DeviceNotFound',
    );
    expect((await askAt('data contributor@Test', '127.0.0.1')).status).toBe(200);
    const there = await askAt('data contributor@Test', 'other.example');
    const nowhere = await askAt('data contributor@Test', 'third.example');
    expect(there.status).toBe(401);
    expect(there.headers['iothub-errorcode']).toBe('IotHubUnauthorizedAccess');
    expect(comparable(there)).toEqual(comparable(nowhere));
    const anywhere = await askAt('data contributor', 'third.example');
    expect(comparable(anywhere)).toEqual(comparable(nowhere));
  });

  test('a right is judged before the api-version, and that before the body', async () => {
    const put = { method: 'PUT', path: '/devices/x?', body: '{ not json' };

    expect((await asBearer(['data reader'], put)).status).toBe(401);
    expect((await asBearer(['data contributor'], put)).headers['iothub-errorcode']).toBe(
      'InvalidProtocolVersion',
    );
  });
});

const now = (): number => Math.floor(Date.now() / 1_000);

const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');

const payload = (): object => ({
  ...{ iss: issuer.url, aud: 'linchpin', sub: 'mallory', exp: now() + 600 },
  roles: ['owner', 'data contributor'],
});

const roles = ['owner', 'data contributor'];

/** Each as an attacker would have it, with roles for everything. */
const refusedTokens: Record<string, () => string | Promise<string>> = {
  'of another issuer': () => issuer.sign({ roles, iss: 'https://login.example' }),
  'for another audience': () => issuer.sign({ roles, aud: 'another' }),
  'for no audience': () => issuer.sign({ roles, aud: [] }),
  'that expired two minutes ago': () => issuer.sign({ roles, exp: now() - 120 }),
  'that never expires': () => issuer.sign({ roles, exp: undefined }),
  'that is not valid yet': () => issuer.sign({ roles, nbf: now() + 120 }),
  'of nobody': () => issuer.sign({ roles, sub: undefined }),
  'of somebody with too long a name': () => issuer.sign({ roles, sub: 'x'.repeat(300) }),
  'signed by nobody (alg none)': () => `${encode({ alg: 'none' })}.${encode(payload())}.`,
  'signed by nobody (alg nOnE)': () => `${encode({ alg: 'nOnE' })}.${encode(payload())}.`,
  'with the public key for a secret (alg HS256)': async () => {
    const { publicJwk, kid } = issuer.signingKey();
    const key = await importJWK(publicJwk, 'ES256', { extractable: true });
    const secret = await exportSPKI(key as Parameters<typeof exportSPKI>[0]);
    const signed = `${encode({ alg: 'HS256', kid })}.${encode(payload())}`;
    return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
  },
  'signed by another key of the same name': async () => {
    const { privateKey } = await generateKeyPair('ES256');
    const { kid } = issuer.signingKey();
    return new SignJWT({ ...payload() }).setProtectedHeader({ alg: 'ES256', kid }).sign(privateKey);
  },
  'that brings its key along': async () => {
    const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
    const header = { alg: 'ES256', jwk: await exportJWK(publicKey), jku: `${issuer.url}/mine` };
    return new SignJWT({ ...payload() }).setProtectedHeader(header).sign(privateKey);
  },
  'by a key that there is not': () => issuer.sign({ roles }, { kid: '../../keys' }),
  'with another signature': async () => {
    const [header, , signature] = (await issuer.sign()).split('.');
    return [header, encode(payload()), signature].join('.');
  },
  'without a signature': async () => (await issuer.sign({ roles })).replace(/[^.]+$/, ''),
  'with an extension that must be known': async () => {
    const { privateKey, kid } = issuer.signingKey();
    const header = { alg: 'ES256', kid, crit: ['exp'], exp: now() + 600 };
    const signer = new SignJWT({ ...payload() }).setProtectedHeader(header);
    return signer.sign(privateKey, { crit: { exp: true } });
  },
  'that is long': () => issuer.sign({ roles: [...roles, 'x'.repeat(9_200)] }),
  'that is encrypted': () => 'eyJhbGciOiJSU0EtT0FFUCJ9.AA.AA.AA.AA',
  'that is no JSON': () => 'AAAA.AAAA.AAAA',
  'whose header is no object': () => `${encode([])}.${encode(payload())}.AAAA`,
  'whose payload is no object': async () => {
    const [header, , signature] = (await issuer.sign()).split('.');
    return [header, Buffer.from('"owner"').toString('base64url'), signature].join('.');
  },
  'that is nothing': () => '..',
};

test.each(Object.entries(refusedTokens))(
  'a token %s is 401, in the same words as any other',
  async (_, make) => {
    const token = await make();
    const [administered, served, garbage] = [
      await withToken(token, { path: hubPath }),
      await withToken(token, { path: devicePath }),
      await withToken('garbage', { path: devicePath }),
    ];

    expect(administered.status).toBe(401);
    expect(administered.headers).toMatchObject({
      'iothub-errorcode': 'GenericUnauthorized',
      'www-authenticate': 'Bearer',
    });
    expect(administered.json).toMatchObject({ code: 'GenericUnauthorized' });
    expect(served.headers['iothub-errorcode']).toBe('IotHubUnauthorizedAccess');
    expect(comparable(served)).toEqual(comparable(garbage));
    expect(issuer.requests).not.toContain('/mine');
  },
);

test.each([
  ['expired half a minute ago', () => issuer.sign({ roles, exp: now() - 30 })],
  ['for several audiences', () => issuer.sign({ roles, aud: ['x', 'https://iothubs.azure.net'] })],
  ['of another type', () => issuer.sign({ roles }, { typ: 'at+jwt' })],
])('a token %s counts', async (_, make) => {
  expect((await withToken(await make(), { path: devicePath })).status).toBe(200);
});

test('what was refused, and why, is in the log; no token is', async () => {
  const token = await issuer.sign({ roles, aud: 'somebody-else' });
  await withToken(token, { path: devicePath });
  await asBearer(['data contributor'], { path: devicePath });

  const text = JSON.stringify(api.log);
  expect(text).toContain('unexpected \\"aud\\" claim value');
  expect(api.log).toContainEqual(expect.objectContaining({ principal: 'alice', status: 200 }));
  expect(text).not.toContain(token.split('.')[1]);
});

test('the registry is told who asks; nobody outside says so', async () => {
  const forged = Buffer.from('{"kind":"administrator","name":"root"}').toString('base64');
  const headers = { 'linchpin-actor-bin': forged };
  api.registry.calls.length = 0;
  const bearer = await asBearer(['data contributor'], { path: devicePath, headers });
  const holder = await ask(api, {
    path: devicePath,
    headers: { ...headers, authorization: api.tokenOf('registryRead') },
  });
  const administrator = await withToken(adminToken, { path: hubPath, headers });

  const clientAddress = '127.0.0.1';
  const ofHub = { clientAddress, hubGeneration: '7' };
  const requestIdOf = (answer: Answer) => answer.headers['x-ms-request-id'];
  expect(actorsOf('/GetIdentity')).toEqual([
    { kind: 'principal', name: 'alice', ...ofHub, requestId: requestIdOf(bearer) },
    { kind: 'policy', name: 'registryRead', ...ofHub, requestId: requestIdOf(holder) },
  ]);
  expect(actorsOf('/GetHub')).toEqual([
    {
      ...{ kind: 'administrator', name: 'administrator', clientAddress },
      requestId: requestIdOf(administrator),
    },
  ]);
  // Nobody asks for this yet: it is how the api learns who does.
  expect(actorsOf('/AuthorizeService')).toEqual([undefined]);
});

function actorsOf(rpc: string): unknown[] {
  return api.registry.calls
    .filter(({ path }) => path.endsWith(rpc))
    .map(({ metadata }) => metadata['linchpin-actor-bin'] as Buffer | undefined)
    .map((bytes): unknown => bytes && JSON.parse(bytes.toString()));
}

describe('an issuer of its own', () => {
  let own: TestIssuer;
  let itsApi: TestApi;

  const hubAs = async (token: string) => withToken(token, { path: hubPath }, itsApi);

  beforeAll(async () => {
    own = await TestIssuer.start({ certificate });
  });

  afterAll(async () => {
    await own.pause();
  });

  test('that changes its keys goes on; what the old ones signed ends', async () => {
    itsApi = await startApi(own);
    const old = await own.sign({ roles });
    expect((await hubAs(old)).status).toBe(200);

    await own.rotate();

    expect((await hubAs(await own.sign({ roles }))).status).toBe(200);
    expect((await hubAs(old)).status).toBe(401);
    expect(own.requests.filter((path) => path === '/keys')).toHaveLength(2);
    await itsApi.stop();
  });

  test('whose keys many tokens name that there are not is asked for them once', async () => {
    itsApi = await startApi(own);
    await hubAs(await own.sign({ roles }));
    const before = own.requests.length;

    const tokens = await Promise.all(
      Array.from({ length: 60 }, (_, index) => own.sign({ roles }, { kid: `strange-${index}` })),
    );
    const statuses = new Set(
      await Promise.all(tokens.map(async (token) => (await hubAs(token)).status)),
    );

    expect([...statuses]).toEqual([401]);
    expect(own.requests.length - before).toBe(2);
    expect((await hubAs(await own.sign({ roles }))).status).toBe(200);
    await itsApi.stop();
  });

  test('that is away makes 503 of its tokens and of nothing else, until it is back', async () => {
    await own.pause();
    itsApi = await startApi(own);
    const token = await own.sign({ roles });

    const administered = await hubAs(token);
    const served = await withToken(token, { path: devicePath }, itsApi);
    const administrator = await hubAs(adminToken);
    const holder = await ask(itsApi, {
      path: devicePath,
      headers: { authorization: itsApi.tokenOf('registryRead') },
    });

    for (const { status, headers } of [administered, served]) {
      expect(status).toBe(503);
      expect(headers['iothub-errorcode']).toBe('ServiceUnavailable');
      expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    }
    expect(administrator.status).toBe(200);
    expect(holder.status).toBe(404);
    await own.resume();
    await eventually(async () => (await hubAs(token)).status === 200);
    await itsApi.stop();
  });

  test.each([
    ['fails', () => void (own.failure = 500)],
    ['sends elsewhere', () => void (own.failure = 302)],
    ['publishes no JSON', () => own.replaced.set('/keys', '<html>')],
    ['publishes no keys', () => own.replaced.set('/keys', '{}')],
    ['publishes without end', () => own.replaced.set('/keys', `[${' '.repeat(300_000)}]`)],
    ['speaks for another', () => own.replaced.set(discovery, '{"issuer":"https://x"}')],
  ])('that %s is as if it were away', async (_, spoil) => {
    spoil();
    itsApi = await startApi(own);

    expect((await hubAs(await own.sign({ roles }))).status).toBe(503);

    own.failure = undefined;
    own.replaced.clear();
    await itsApi.stop();
  });

  test('whose certificate nobody vouches for is not trusted', async () => {
    itsApi = await startApi(own, { LINCHPIN_OIDC_CA_FILE: ',' });
    const before = own.requests.length;

    expect((await hubAs(await own.sign({ roles }))).status).toBe(503);
    expect(own.requests.length).toBe(before);
    await itsApi.stop();
  });
});

const discovery = '/.well-known/openid-configuration';
