import { sql, type RawBuilder } from 'kysely';
import type { Recipient } from '../domain/recipient.js';

/** `queueColumns`, as a statement returns them. */
export interface QueueColumns {
  readonly hub_generation: string;
  readonly device_id: string;
  readonly module_id: string;
  readonly generation_id: string;
}

/** Names the queue of a recipient among those of all hubs. */
export function queueKey({ hubGeneration, identity, generationId }: Recipient): string {
  return queueKeyOf({
    hub_generation: hubGeneration,
    device_id: identity.deviceId,
    module_id: identity.moduleId ?? '',
    generation_id: generationId,
  });
}

export function queueKeyOf(row: QueueColumns): string {
  return [row.hub_generation, row.device_id, row.module_id, row.generation_id].join('/');
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
