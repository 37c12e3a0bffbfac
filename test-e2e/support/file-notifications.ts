/** What back ends hear of uploaded files over the service REST API. */
import type { ServiceAccess } from './administration.js';
import { hub } from './hub.js';
import { headersFor } from './registry.js';

export interface NotificationAnswer {
  readonly status: number;
  readonly errorCode: string | null;
  /** Without its quotes; empty when none is locked. */
  readonly lockToken: string;
  /** Undefined when none is locked. */
  readonly body: unknown;
}

export function receiveNotification(access: ServiceAccess): Promise<NotificationAnswer> {
  return ask('GET', '', access);
}

export function completeNotification(
  access: ServiceAccess,
  lockToken: string,
): Promise<NotificationAnswer> {
  return ask('DELETE', `/${lockToken}`, access);
}

export function abandonNotification(
  access: ServiceAccess,
  lockToken: string,
): Promise<NotificationAnswer> {
  return ask('POST', `/${lockToken}/abandon`, access);
}

async function ask(
  method: string,
  path: string,
  access: ServiceAccess,
): Promise<NotificationAnswer> {
  const base = `https://${hub.host}/messages/serviceBound/filenotifications`;
  const response = await fetch(`${base}${path}?api-version=2021-04-12`, {
    method,
    headers: { Authorization: headersFor(access)['Authorization'] ?? '' },
  });
  const { status, headers } = response;
  const text = await response.text();
  const lockToken = /^"(.+)"$/.exec(headers.get('etag') ?? '')?.[1] ?? '';
  const body: unknown = text === '' ? undefined : JSON.parse(text);
  return { status, errorCode: headers.get('iothub-errorcode'), lockToken, body };
}
