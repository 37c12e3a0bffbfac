import { sql, type RawBuilder } from 'kysely';
import type { Recipient } from '../domain/recipient.js';

/** Names the queue of a recipient among those of all hubs. */
export function queueKey({ hubGeneration, identity, generationId }: Recipient): string {
  const { deviceId, moduleId = '' } = identity;
  return [hubGeneration, deviceId, moduleId, generationId].join('/');
}

/** The columns by which `queues` are found, as arrays for `unnest`, in the order of `queueColumns`. */
export function unnestedQueueKeys(recipients: readonly Recipient[]): RawBuilder<unknown> {
  return sql`
    ${recipients.map(({ hubGeneration }) => hubGeneration)}::bigint[],
    ${recipients.map(({ identity }) => identity.deviceId)}::text[],
    ${recipients.map(({ identity }) => identity.moduleId ?? '')}::text[],
    ${recipients.map(({ generationId }) => generationId)}::bigint[]`;
}

export const queueColumns = sql`hub_generation, device_id, module_id, generation_id`;
