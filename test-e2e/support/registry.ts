/** Devices and modules of the hub under test, made through its service REST API. */
import { randomUUID } from 'node:crypto';
import { createSasToken, deviceResource } from '@linchpin/auth';
import type { DeviceIdentityId } from '@linchpin/wire';
import type { ServiceAccess } from './administration.js';
import { hub } from './hub.js';
import type { ConnectFields } from './mqtt-client.js';

export interface TestIdentity extends DeviceIdentityId {
  readonly primaryKey: string;
  readonly secondaryKey: string;
  readonly generationId: string;
  /** Of its hub. */
  readonly host: string;
}

interface IdentityBody {
  readonly generationId: string;
  readonly authentication: {
    readonly symmetricKey: { readonly primaryKey: string; readonly secondaryKey: string };
  };
}

const apiVersion = 'api-version=2021-04-12';

/** A request as the policy iothubowner. Text goes as it is. */
export async function request(
  method: string,
  path: string,
  body?: object | string,
  access: ServiceAccess = hub,
): Promise<Response> {
  // Whose token it is says which hub is meant.
  return fetch(`https://${hub.host}${path}?${apiVersion}`, {
    method,
    headers: { ...headersFor(access), 'If-Match': '"*"' },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
}

export async function createDevice(
  deviceId = `d-${randomUUID()}`,
  fields: object = {},
  access: ServiceAccess = hub,
): Promise<TestIdentity> {
  const body = { deviceId, status: 'enabled', ...fields };
  const path = `/devices/${encodeURIComponent(deviceId)}`;
  return { deviceId, ...(await create(access, path, body)) };
}

export async function createModule(
  deviceId: string,
  moduleId = 'm1',
  fields: object = {},
  access: ServiceAccess = hub,
): Promise<TestIdentity> {
  const path = `/devices/${encodeURIComponent(deviceId)}/modules/${encodeURIComponent(moduleId)}`;
  const body = { deviceId, moduleId, ...fields };
  return { deviceId, moduleId, ...(await create(access, path, body)) };
}

/** A device that is proven by a certificate of one of these thumbprints; it has no keys. */
export function createX509Device(x509Thumbprint: object): Promise<TestIdentity> {
  return createDevice(undefined, { authentication: { type: 'selfSigned', x509Thumbprint } });
}

export async function updateDevice(
  deviceId: string,
  fields: object,
  access: ServiceAccess = hub,
): Promise<void> {
  const path = `/devices/${encodeURIComponent(deviceId)}`;
  const current = (await (await request('GET', path, undefined, access)).json()) as object;
  await expectOk(await request('PUT', path, { ...current, ...fields }, access));
}

export async function deleteDevice(deviceId: string, access: ServiceAccess = hub): Promise<void> {
  const path = `/devices/${encodeURIComponent(deviceId)}`;
  await expectOk(await request('DELETE', path, undefined, access));
}

/** A token of the identity's own key, valid for an hour unless told otherwise. */
export function tokenOf(
  identity: TestIdentity,
  expiresAt = new Date(Date.now() + 3_600_000),
  host = identity.host,
): string {
  return createSasToken({
    audience: deviceResource(host, identity).join('/'),
    key: identity.primaryKey,
    expiresAt,
  });
}

/** What an SDK would put into CONNECT. */
export function connectFields(identity: TestIdentity): ConnectFields {
  return withToken(identity, tokenOf(identity), identity.host);
}

/** CONNECT of the identity with this token. */
export function withToken(
  identity: DeviceIdentityId,
  token: string,
  host = hub.host,
): ConnectFields {
  return { ...withoutPassword(identity, host), password: Buffer.from(token) };
}

/** CONNECT of a device with a certificate. */
export function withoutPassword(
  { deviceId, moduleId }: DeviceIdentityId,
  host = hub.host,
): ConnectFields {
  const id = moduleId === undefined ? deviceId : `${deviceId}/${moduleId}`;
  return { clientId: id, username: `${host}/${id}/?api-version=2021-04-12` };
}

async function create(
  access: ServiceAccess,
  path: string,
  body: object,
): Promise<Omit<TestIdentity, 'deviceId'>> {
  // Whose token it is says which hub is meant.
  const response = await fetch(`https://${hub.host}${path}?${apiVersion}`, {
    method: 'PUT',
    headers: headersFor(access),
    body: JSON.stringify(body),
  });
  await expectOk(response);
  const { generationId, authentication } = (await response.json()) as IdentityBody;
  return { generationId, ...authentication.symmetricKey, host: access.host };
}

/** What a request as the owner of the hub bears. */
export function headersFor({ host, owner }: ServiceAccess): Record<string, string> {
  const expiresAt = new Date(Date.now() + 3_600_000);
  const token = { audience: host, key: owner.key, policy: owner.name, expiresAt };
  return { Authorization: createSasToken(token), 'Content-Type': 'application/json' };
}

async function expectOk(response: Response): Promise<void> {
  if (!response.ok) {
    throw new Error(`${response.url} answered ${response.status}: ${await response.text()}`);
  }
}
