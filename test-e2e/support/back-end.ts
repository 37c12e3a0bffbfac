/** What a back end does to twins and devices, over the service REST API as the policy iothubowner. */
import type { DeviceIdentityId } from '@linchpin/wire';
import { request } from './registry.js';

/** A section of a twin's properties, with its metadata. */
export type Properties = Readonly<Record<string, unknown>> & { readonly $version: number };

/** What a back end hears of a direct method. */
export interface MethodAnswer {
  readonly http: number;
  /** Of the error, when it is one. */
  readonly errorCode: string | undefined;
  readonly status?: number;
  readonly payload?: unknown;
}

/** @throws Error unless the answer is 200 */
export async function updateDesired(identity: DeviceIdentityId, desired: object): Promise<number> {
  const { properties } = await askTwin(identity, 'PATCH', { properties: { desired } });
  return properties.desired.$version;
}

/** The whole document instead of what there is. */
export async function replaceDesired(identity: DeviceIdentityId, desired: object): Promise<number> {
  const { properties } = await askTwin(identity, 'PUT', { properties: { desired } });
  return properties.desired.$version;
}

export async function tagTwin(identity: DeviceIdentityId, tags: object): Promise<void> {
  await askTwin(identity, 'PATCH', { tags });
}

export async function readReported(identity: DeviceIdentityId): Promise<Properties> {
  return (await askTwin(identity, 'GET')).properties.reported;
}

/** The body as it is given; `methodName` alone leaves the standards. */
export async function invokeMethod(
  identity: DeviceIdentityId,
  body: { readonly methodName: string; readonly [member: string]: unknown },
): Promise<MethodAnswer> {
  const response = await request('POST', `${twinPath(identity)}/methods`, body);
  const answer = (await response.json()) as { status?: number; payload?: unknown };
  const errorCode = response.headers.get('iothub-errorcode') ?? undefined;
  return { ...answer, http: response.status, errorCode };
}

export async function readDesired(identity: DeviceIdentityId): Promise<Properties> {
  return (await askTwin(identity, 'GET')).properties.desired;
}

interface TwinJson {
  readonly properties: { readonly desired: Properties; readonly reported: Properties };
}

async function askTwin(
  identity: DeviceIdentityId,
  method: string,
  body?: object,
): Promise<TwinJson> {
  const response = await request(method, twinPath(identity), body);
  if (!response.ok) {
    throw new Error(`${response.url} answered ${response.status}: ${await response.text()}`);
  }
  return (await response.json()) as TwinJson;
}

function twinPath({ deviceId, moduleId }: DeviceIdentityId): string {
  const device = `/twins/${encodeURIComponent(deviceId)}`;
  return moduleId === undefined ? device : `${device}/modules/${encodeURIComponent(moduleId)}`;
}
