import { answering } from '@linchpin/platform/postgres';
import { sql, type Kysely, type Selectable } from 'kysely';
import type {
  AuditedChange,
  AuditEntry,
  AuditPage,
  AuditQuery,
  AuditStore,
} from '../domain/audit-log.js';
import { writeAudit } from './audit-entries.js';
import { findHub, holdHub } from './identity-queries.js';
import type { AuditLogTable, RegistryTables } from './schema.js';

export class PostgresAuditStore implements AuditStore {
  constructor(private readonly db: Kysely<RegistryTables>) {}

  async add(hub: string, change: AuditedChange): Promise<void> {
    await answering(
      this.db.transaction().execute(async (transaction) => {
        await holdHub(transaction, await findHub(transaction, hub));
        await writeAudit(transaction, hub, [change]);
      }),
    );
  }

  async list(query: AuditQuery, bytesMax: number): Promise<AuditPage> {
    const measured = this.db.selectFrom(this.#select(query).as('entry')).select([
      ...columns,
      sql<boolean>`lead(id) over (order by time desc, id desc) is not null`.as('has_next'),
      sql<bigint>`coalesce(sum(octet_length(entry::text))
        over (order by time desc, id desc rows between unbounded preceding and 1 preceding), 0)`.as(
        'bytes_before',
      ),
    ]);
    const page = this.db
      .selectFrom(measured.as('measured'))
      .select([...columns, 'has_next'])
      .where('bytes_before', '<', BigInt(bytesMax))
      .orderBy('time', 'desc')
      .orderBy('id', 'desc')
      .limit(query.limit);
    const rows = await answering(page.execute());
    const last = rows.at(-1);
    return { entries: rows.map(toEntry), next: last?.has_next === true ? last.id : undefined };
  }

  /** The page, were it not for the size of its entries, and one more. */
  #select({ subscriptionId, hub, from, to, before, limit }: AuditQuery) {
    return this.db
      .selectFrom('audit_log')
      .select(columns)
      .where(sql`lower(subscription_id)`, '=', subscriptionId.toLowerCase())
      .$if(hub !== undefined, (rows) =>
        rows
          .where(sql`lower(hub)`, '=', (hub?.name ?? '').toLowerCase())
          .where(sql`lower(resource_group)`, '=', (hub?.resourceGroup ?? '').toLowerCase()),
      )
      .$if(from !== undefined, (rows) => rows.where('time', '>=', from ?? new Date()))
      .$if(to !== undefined, (rows) => rows.where('time', '<', to ?? new Date()))
      .$if(before !== undefined, (rows) =>
        rows.where(
          sql`(time, id)`,
          '<',
          sql`(select time, id from audit_log where id = ${before})`,
        ),
      )
      .orderBy('time', 'desc')
      .orderBy('id', 'desc')
      .limit(limit + 1);
  }

  /** The oldest have the lowest ids, so no index of times is needed to find them. */
  async removeOlder(before: Date, limit: number): Promise<number> {
    const oldest = this.db
      .selectFrom('audit_log')
      .select(['id', 'time'])
      .orderBy('id')
      .limit(limit);
    const query = this.db
      .deleteFrom('audit_log')
      .where('id', 'in', (db) =>
        db.selectFrom(oldest.as('oldest')).select('id').where('time', '<', before),
      );
    const { numDeletedRows } = await answering(query.executeTakeFirstOrThrow());
    return Number(numDeletedRows);
  }
}

const columns = [
  'id',
  'time',
  'hub',
  'subscription_id',
  'resource_group',
  'operation',
  'subject',
  'details',
  'actor_kind',
  'actor_name',
  'client_address',
  'request_id',
  'job_id',
  'trace_id',
] as const;

function toEntry(row: Selectable<AuditLogTable>): AuditEntry {
  return {
    id: row.id,
    time: row.time,
    hub: row.hub,
    subscriptionId: row.subscription_id,
    resourceGroup: row.resource_group,
    operation: row.operation,
    subject: row.subject,
    details: row.details,
    actor: {
      kind: row.actor_kind,
      name: row.actor_name,
      clientAddress: row.client_address ?? undefined,
    },
    requestId: row.request_id ?? undefined,
    jobId: row.job_id ?? undefined,
    traceId: row.trace_id ?? undefined,
  };
}
