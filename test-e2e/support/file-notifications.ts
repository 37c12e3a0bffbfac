/** What back ends hear of uploaded files over the service REST API. */
import type { ServiceAccess } from './administration.js';
import { askServicebound, type ServiceboundAnswer } from './servicebound.js';

interface NotificationAnswer extends ServiceboundAnswer {
  /** Undefined when none is locked. */
  readonly body: unknown;
}

export async function receiveNotification(access: ServiceAccess): Promise<NotificationAnswer> {
  const answer = await askServicebound('GET', 'filenotifications', '', access);
  const body: unknown = answer.text === '' ? undefined : JSON.parse(answer.text);
  return { ...answer, body };
}

export function completeNotification(
  access: ServiceAccess,
  lockToken: string,
): Promise<ServiceboundAnswer> {
  return askServicebound('DELETE', 'filenotifications', `/${lockToken}`, access);
}

export function abandonNotification(
  access: ServiceAccess,
  lockToken: string,
): Promise<ServiceboundAnswer> {
  return askServicebound('POST', 'filenotifications', `/${lockToken}/abandon`, access);
}
