/** What a back end does with messages to devices, over the service REST API. */
import type { DeviceIdentityId } from '@linchpin/wire';
import type { ServiceAccess } from './administration.js';
import { hub } from './hub.js';
import { headersFor } from './registry.js';

export interface MessageAnswer {
  readonly status: number;
  /** The header iothub-errorcode. */
  readonly errorCode: string | null;
  readonly text: string;
}

/** As request headers: `messageid` is `iothub-messageid`, `app-room` is `iothub-app-room`. */
type MessageHeaders = Readonly<Record<string, string>>;

const apiVersion = 'api-version=2021-04-12';

/** A message without headers that the test did not ask for. @param headers values are UTF-8 */
export async function postMessage(
  identity: DeviceIdentityId,
  body: string | Buffer,
  headers: MessageHeaders = {},
  authorization: ServiceAccess | string = hub,
): Promise<MessageAnswer> {
  const sent: Record<string, string> = { Authorization: tokenFor(authorization) };
  for (const [name, value] of Object.entries(headers)) {
    // What `fetch` takes for a header is a byte for each character.
    sent[`iothub-${name}`] = Buffer.from(value).toString('latin1');
  }
  return ask(`${pathOf(identity)}/messages/deviceBound`, {
    method: 'POST',
    headers: sent,
    // As bytes: with a text `fetch` would name a type.
    body: new Uint8Array(Buffer.from(body)),
  });
}

/** @throws Error unless the message is stored */
export async function sendMessage(...message: Parameters<typeof postMessage>): Promise<void> {
  const { status, text } = await postMessage(...message);
  if (status !== 204) {
    throw new Error(`a message was answered with ${status}: ${text}`);
  }
}

/** One after the other, so that their order is known; each body is its message id. */
export async function sendMessages(
  identity: DeviceIdentityId,
  ids: readonly string[],
  headers: MessageHeaders = {},
  access: ServiceAccess = hub,
): Promise<void> {
  for (const id of ids) {
    await sendMessage(identity, id, { messageid: id, ...headers }, access);
  }
}

export function purgeMessages(
  { deviceId }: DeviceIdentityId,
  authorization: ServiceAccess | string = hub,
): Promise<MessageAnswer> {
  const headers = { Authorization: tokenFor(authorization) };
  return ask(`${pathOf({ deviceId })}/commands`, { method: 'DELETE', headers });
}

/** The `cloudToDeviceMessageCount` of its identity. */
export async function countMessages(
  identity: DeviceIdentityId,
  access: ServiceAccess = hub,
): Promise<number> {
  const { text } = await ask(pathOf(identity), { headers: headersFor(access) });
  return (JSON.parse(text) as { cloudToDeviceMessageCount: number }).cloudToDeviceMessageCount;
}

/** Names from `m-1` on. */
export function messageIds(count: number, prefix = 'm'): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}-${index + 1}`);
}

function pathOf({ deviceId, moduleId }: DeviceIdentityId): string {
  const device = `/devices/${encodeURIComponent(deviceId)}`;
  return moduleId === undefined ? device : `${device}/modules/${encodeURIComponent(moduleId)}`;
}

function tokenFor(authorization: ServiceAccess | string): string {
  return typeof authorization === 'string'
    ? authorization
    : (headersFor(authorization)['Authorization'] ?? '');
}

async function ask(path: string, options: RequestInit): Promise<MessageAnswer> {
  const response = await fetch(`https://${hub.host}${path}?${apiVersion}`, options);
  const errorCode = response.headers.get('iothub-errorcode');
  return { status: response.status, errorCode, text: await response.text() };
}
