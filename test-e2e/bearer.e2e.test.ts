/** Bearer tokens: the unmodified service SDK with a token credential, and what is remembered of it. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { TestIssuer, testIssuerSettings, type HttpsAnswer } from '@linchpin/testing';
import { Registry } from 'azure-iothub';
import { administer, createHub } from './support/administration.js';
import { hub } from './support/hub.js';
import { send, tale } from './support/service-request.js';

const other = `bearer-${randomUUID().slice(0, 8)}`;
const deviceId = `bearer-${randomUUID()}`;
let issuer: TestIssuer;

beforeAll(async () => {
  issuer = await TestIssuer.start(testIssuerSettings());
  await createHub(other, `${other}.example`);
});

afterAll(async () => {
  await administer('DELETE', `/${other}`);
  await issuer.pause();
});

/** As `@azure/identity` has them. */
function credentialWith(...roles: string[]): Parameters<typeof Registry.fromTokenCredential>[1] {
  return {
    getToken: async (scope: unknown) => {
      expect(scope).toBe('https://iothubs.azure.net/.default');
      const token = await issuer.sign({
        roles,
        sub: 'service-sdk',
        aud: 'https://iothubs.azure.net',
      });
      return { token, expiresOnTimestamp: Date.now() + 600_000 };
    },
  };
}

const registryWith = (...roles: string[]): Registry =>
  Registry.fromTokenCredential(hub.host, credentialWith(...roles));

test('Registry.fromTokenCredential does what the role says, and no more', async () => {
  const contributor = registryWith('IoT Hub Data Contributor');
  const reader = registryWith('IoT Hub Data Reader@local');
  await contributor.create({ deviceId });

  expect((await reader.get(deviceId)).responseBody.deviceId).toBe(deviceId);
  const refused = { name: 'UnauthorizedError' };
  await expect(reader.update({ deviceId, status: 'disabled' })).rejects.toMatchObject(refused);
  await expect(reader.delete(deviceId)).rejects.toMatchObject(refused);
  const nobody = [
    registryWith(),
    registryWith('IoT Hub Twin Contributor'),
    registryWith(`IoT Hub Data Contributor@${other}`),
    Registry.fromTokenCredential(hub.host, {
      getToken: () => Promise.resolve({ token: 'no.jwt.x', expiresOnTimestamp: Date.now() + 1e6 }),
    }),
  ];
  for (const registry of nobody) {
    await expect(registry.get(deviceId)).rejects.toMatchObject(refused);
  }
  await contributor.update({ deviceId, status: 'disabled' });
  await registryWith('IoT Hub Registry Contributor').delete(deviceId);
});

const hubs = '/subscriptions/local/resourceGroups/local/providers/Microsoft.Devices/IotHubs';

async function administerAs(role: string, path: string, method = 'GET'): Promise<HttpsAnswer> {
  const authorization = `Bearer ${await issuer.sign({ roles: [role] })}`;
  return send({ method, path: `${path}?api-version=2023-06-30`, authorization });
}

test('the audit log says who it was, what changed and from where', async () => {
  const { status, text } = await administerAs('reader@local', `${hubs}/local/auditLog`);
  const { value } = JSON.parse(text) as { value: { subject: { deviceId?: string } }[] };
  const entries = value.filter(({ subject }) => subject.deviceId === deviceId);

  expect(status).toBe(200);
  const actor = { kind: 'principal', name: 'service-sdk', clientAddress: expect.any(String) };
  const common = { hub: 'local', actor, requestId: expect.stringMatching(/^[0-9a-f]{32}$/) };
  expect(entries).toEqual([
    expect.objectContaining({ ...common, operation: 'DeleteIdentity' }),
    expect.objectContaining({
      ...common,
      operation: 'UpdateIdentity',
      details: expect.objectContaining({
        enabled: false,
        changed: expect.arrayContaining(['status']),
      }),
    }),
    expect.objectContaining({ ...common, operation: 'CreateIdentity' }),
  ]);
});

test.each([
  ['GET', ''],
  ['DELETE', ''],
  ['POST', '/listkeys'],
  ['POST', '/IotHubKeys/service/listkeys'],
  ['GET', '/auditLog'],
  ['GET', '/certificates'],
  ['PUT', '/certificates/root'],
])('%s {hub}%s: a role of one hub does not tell whether another is there', async (method, path) => {
  const there = await administerAs(`owner@${other}`, `${hubs}/local${path}`, method);
  const none = await administerAs(`owner@${other}`, `${hubs}/nobodys${path}`, method);

  expect(there).toMatchObject({ status: 403, errorCode: 'GenericForbidden' });
  expect(tale(there)).toEqual(tale(none));
});

test('lists hold the hubs of the role, and the log of all takes a role for all', async () => {
  const listed = await administerAs(`reader@${other}`, hubs);
  const log = '/subscriptions/local/providers/Microsoft.Devices/auditLog';

  const { value } = JSON.parse(listed.text) as { value: { name: string }[] };
  expect(value.map(({ name }) => name)).toEqual([other]);
  expect((await administerAs(`owner@${other}`, log)).status).toBe(403);
  expect((await administerAs('reader', log)).status).toBe(200);
});
