/** Which of an issuer's tokens count, and what their values mean, as a deployment says so. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals';
import { createTestCertificate, TestIssuer } from '@linchpin/testing';
import { ask, hubsPath, withApiVersion, type Answer } from './support/exchange.js';
import { startTestApi, type TestApi } from './support/start-test-api.js';

jest.setTimeout(30_000);

const folder = mkdtempSync(join(tmpdir(), 'issuer-'));
const certificate = createTestCertificate(folder, 'issuer', 'ec');
let issuer: TestIssuer;
let api: TestApi;

beforeAll(async () => {
  issuer = await TestIssuer.start({ certificate });
});

afterEach(async () => {
  await api.stop();
});

afterAll(async () => {
  await issuer.pause();
  rmSync(folder, { recursive: true });
});

async function startApi(variables: Record<string, string>): Promise<void> {
  api = await startTestApi({
    LINCHPIN_OIDC_ISSUER: issuer.url,
    LINCHPIN_OIDC_AUDIENCE: 'linchpin',
    LINCHPIN_OIDC_CA_FILE: certificate.certificate,
    ...variables,
  });
}

interface Token {
  readonly claims: object;
  readonly header?: { readonly typ: string };
}

async function showToken({ claims, header }: Token): Promise<Answer> {
  const token = await issuer.sign({ roles: ['owner'], ...claims }, header);
  const path = withApiVersion(`${hubsPath}/Test`);
  return ask(api, { path, headers: { authorization: `Bearer ${token}` } });
}

async function statusesOf(tokens: readonly Token[]): Promise<number[]> {
  const answers = await Promise.all(tokens.map(showToken));
  return answers.map(({ status }) => status);
}

test('tokens that say that they are for something else do not count', async () => {
  await startApi({});
  const access: Token[] = [
    { claims: {} },
    { claims: {}, header: { typ: 'JWT' } },
    { claims: { typ: 'Bearer' }, header: { typ: 'at+jwt' } },
  ];
  const others: Token[] = [
    { claims: { typ: 'ID' } },
    { claims: { typ: 'Refresh' } },
    { claims: {}, header: { typ: 'logout+jwt' } },
  ];

  expect(await statusesOf(access)).toEqual([200, 200, 200]);
  expect(await statusesOf(others)).toEqual([401, 401, 401]);
  const { json } = await showToken({ claims: { typ: 'Offline' } });
  expect(json).toMatchObject({ message: 'The bearer token does not count here.' });
  const reasonCause = `the token's claims say the type "Offline"`;
  expect(api.log).toContainEqual(expect.objectContaining({ reasonCause }));
});

test('a deployment says which types and clients count', async () => {
  await startApi({ LINCHPIN_OIDC_TOKEN_TYPES: 'at+jwt', LINCHPIN_OIDC_CLIENTS: 'console, ci' });
  const header = { typ: 'at+jwt' };
  const tokens: Token[] = [
    { claims: { client_id: 'ci' }, header },
    { claims: { azp: 'console' }, header },
    { claims: { client_id: 'another' }, header },
    { claims: {}, header },
    { claims: { client_id: 'ci' } },
  ];

  expect(await statusesOf(tokens)).toEqual([200, 200, 401, 401, 401]);
});

test('what a value means is said of the whole value', async () => {
  await startApi({ LINCHPIN_OIDC_ROLES: 'admins=owner,staff@corp=reader@test' });
  const values = ['admins', 'staff@corp', 'admins@test', 'staff', 'Admins', 'owner', 'owner@test'];

  expect(await statusesOf(values.map((value) => ({ claims: { roles: [value] } })))).toEqual([
    ...[200, 200],
    ...[403, 403, 403, 403, 403],
  ]);
});
