/** Devices and modules of the hub under test, made through its service REST API. */
import { randomUUID } from 'node:crypto';
import { createSasToken, deviceResource } from '@linchpin/auth';
import type { DeviceIdentityId } from '@linchpin/wire';
import { hub } from './hub.js';
import type { ConnectFields } from './mqtt-client.js';

export interface TestIdentity extends DeviceIdentityId {
  readonly primaryKey: string;
  readonly secondaryKey: string;
  readonly generationId: string;
}

interface IdentityBody {
  readonly generationId: string;
  readonly authentication: {
    readonly symmetricKey: { readonly primaryKey: string; readonly secondaryKey: string };
  };
}

const apiVersion = 'api-version=2021-04-12';

/** A request as the policy iothubowner. */
export async function request(method: string, path: string, body?: object): Promise<Response> {
  const token = createSasToken({
    audience: hub.host,
    key: hub.owner.key,
    policy: hub.owner.name,
    expiresAt: new Date(Date.now() + 3_600_000),
  });
  return fetch(`https://${hub.host}${path}?${apiVersion}`, {
    method,
    headers: { Authorization: token, 'Content-Type': 'application/json', 'If-Match': '"*"' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
}

export async function createDevice(
  deviceId = `d-${randomUUID()}`,
  fields: object = {},
): Promise<TestIdentity> {
  const body = { deviceId, status: 'enabled', ...fields };
  const path = `/devices/${encodeURIComponent(deviceId)}`;
  return { deviceId, ...(await create(path, body)) };
}

export async function createModule(deviceId: string, moduleId = 'm1'): Promise<TestIdentity> {
  const path = `/devices/${encodeURIComponent(deviceId)}/modules/${encodeURIComponent(moduleId)}`;
  return { deviceId, moduleId, ...(await create(path, { deviceId, moduleId })) };
}

export async function updateDevice(deviceId: string, fields: object): Promise<void> {
  const path = `/devices/${encodeURIComponent(deviceId)}`;
  const current = (await (await request('GET', path)).json()) as object;
  await expectOk(await request('PUT', path, { ...current, ...fields }));
}

export async function deleteDevice(deviceId: string): Promise<void> {
  await expectOk(await request('DELETE', `/devices/${encodeURIComponent(deviceId)}`));
}

/** A token of the identity's own key, valid for an hour unless told otherwise. */
export function tokenOf(
  identity: TestIdentity,
  expiresAt = new Date(Date.now() + 3_600_000),
): string {
  return createSasToken({
    audience: deviceResource(hub.host, identity).join('/'),
    key: identity.primaryKey,
    expiresAt,
  });
}

/** What an SDK would put into CONNECT. */
export function connectFields(identity: TestIdentity): ConnectFields {
  const { deviceId, moduleId } = identity;
  const id = moduleId === undefined ? deviceId : `${deviceId}/${moduleId}`;
  return {
    clientId: id,
    username: `${hub.host}/${id}/?api-version=2021-04-12`,
    password: Buffer.from(tokenOf(identity)),
  };
}

async function create(path: string, body: object): Promise<Omit<TestIdentity, 'deviceId'>> {
  const { host, owner } = hub;
  const token = createSasToken({
    audience: host,
    key: owner.key,
    policy: owner.name,
    expiresAt: new Date(Date.now() + 3_600_000),
  });
  const response = await fetch(`https://${host}${path}?${apiVersion}`, {
    method: 'PUT',
    headers: { Authorization: token, 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  await expectOk(response);
  const { generationId, authentication } = (await response.json()) as IdentityBody;
  return { generationId, ...authentication.symmetricKey };
}

async function expectOk(response: Response): Promise<void> {
  if (!response.ok) {
    throw new Error(`${response.url} answered ${response.status}: ${await response.text()}`);
  }
}
