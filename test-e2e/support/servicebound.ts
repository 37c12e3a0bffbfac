/** Queues that back ends receive from over the service REST API: `/messages/serviceBound/{queue}`. */
import type { ServiceAccess } from './administration.js';
import type { MessageAnswer } from './devicebound-messages.js';
import { hub } from './hub.js';
import { headersFor } from './registry.js';

export interface ServiceboundAnswer extends MessageAnswer {
  /** Without its quotes; empty when nothing is locked. */
  readonly lockToken: string;
}

type ServiceboundQueueName = 'feedback' | 'filenotifications';

/** @param below the queue: empty, or a lock token and what is to become of it */
export async function askServicebound(
  method: string,
  queue: ServiceboundQueueName,
  below: string,
  authorization: ServiceAccess | string,
): Promise<ServiceboundAnswer> {
  const token =
    typeof authorization === 'string' ? authorization : headersFor(authorization)['Authorization'];
  const url = `https://${hub.host}/messages/serviceBound/${queue}${below}?api-version=2021-04-12`;
  const response = await fetch(url, { method, headers: { Authorization: token ?? '' } });
  const { status, headers } = response;
  return {
    status,
    errorCode: headers.get('iothub-errorcode'),
    text: await response.text(),
    lockToken: /^"(.+)"$/.exec(headers.get('etag') ?? '')?.[1] ?? '',
  };
}
