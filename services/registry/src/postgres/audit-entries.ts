/** The rows of the audit log, each written in the transaction of the change that it tells of. */
import { currentActor, type Actor } from '@linchpin/platform/actor';
import { activeTraceId } from '@linchpin/platform/tracing';
import assert from 'node:assert';
import { sql, type Transaction } from 'kysely';
import type { AuditedChange } from '../domain/audit-log.js';
import type { RegistryTables } from './schema.js';

/** Who acts when nobody asked: hubs are finished, and what is too old is removed. */
const thisProcess: Actor = { kind: 'process', name: 'registry' };

/**
 * Stores who made these changes of the hub. Who does so through `writeChanges` need not: it does this
 * itself for each RegistryChange.
 *
 * @param hub by its name, in any letter case; it must still be there
 */
export async function writeAudit(
  transaction: Transaction<RegistryTables>,
  hub: string,
  changes: readonly AuditedChange[],
): Promise<void> {
  if (changes.length === 0) {
    return;
  }
  const actor = currentActor() ?? thisProcess;
  const rows = JSON.stringify(
    changes.map(({ operation, subject = {}, details = {} }) => ({ operation, subject, details })),
  );
  const { numAffectedRows } = await sql`
    insert into audit_log (hub, subscription_id, resource_group, operation, subject, details,
      actor_kind, actor_name, client_address, request_id, job_id, trace_id)
    select hubs.name, hubs.subscription_id, hubs.resource_group,
      change.operation, change.subject, change.details, ${actor.kind}, ${actor.name},
      ${actor.clientAddress ?? null}, ${actor.requestId ?? null}, ${actor.jobId ?? null},
      ${activeTraceId() ?? null}
    from hubs, jsonb_to_recordset(${rows}::jsonb)
      as change(operation text, subject jsonb, details jsonb)
    where lower(hubs.name) = ${hub.toLowerCase()}`.execute(transaction);
  assert.equal(numAffectedRows, BigInt(changes.length), 'a change is of a hub that is there');
}
