import { sql, type Kysely, type Selectable, type Transaction } from 'kysely';
import type { AuditedChange } from '../domain/audit-log.js';
import type { Hub, HubDefinition } from '../domain/hub.js';
import type { HubStore } from '../domain/hub-store.js';
import { hostNameTaken } from '../domain/registry-errors.js';
import type { SharedAccessPolicy } from '../domain/shared-access-policy.js';
import { answering } from './answering.js';
import { writeAudit } from './audit-entries.js';
import { formatEntityTag } from './entity-tag.js';
import { settingsColumns, toSettings } from './hub-row.js';
import type { KeyCipher } from '@linchpin/platform/sealing';
import { writeChanges, type ChangeLog } from './registry-change-events.js';
import type { HubsTable, RegistryTables } from './schema.js';
import { openKeys, policyPlace, sealKeys } from './sealed-keys.js';
import { isStorable } from './storable.js';

interface PostgresHubStoreParts {
  readonly db: Kysely<RegistryTables>;
  /** Connections of their own for `exclusively`, which holds one for as long as its work takes. */
  readonly turns: Kysely<RegistryTables>;
  readonly cipher: KeyCipher;
  readonly changeLog: ChangeLog;
}

/** Kafka may take this long for a topic while another process waits for its turn. */
const turnTimeoutMs = 60_000;

/** A full hub goes in pieces, so that no statement locks or logs all of it at once. */
const purgedRowsMax = 5_000;

export class PostgresHubStore implements HubStore {
  constructor(private readonly parts: PostgresHubStoreParts) {}

  async insert(hub: HubDefinition, policies: readonly SharedAccessPolicy[]): Promise<boolean> {
    return answering(
      this.parts.db.transaction().execute(async (transaction) => {
        const hubId = await insertHub(transaction, hub);
        if (hubId === undefined) {
          return false;
        }
        await insertHostNames(transaction, hubId, hub.hostNames);
        await transaction
          .insertInto('shared_access_policies')
          .values(policies.map((policy) => this.#toPolicyRow(hubId, hub.name, policy)))
          .execute();
        await writeAudit(transaction, hub.name, [creationOf(hub)]);
        return true;
      }),
    );
  }

  async find(name: string): Promise<Hub | undefined> {
    const query = selectHubs(this.parts.db).where(sql`lower(name)`, '=', name.toLowerCase());
    const row = isStorable(name) ? await answering(query.executeTakeFirst()) : undefined;
    return row && toHub(row);
  }

  async exclusively<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
    const { turns, changeLog } = this.parts;
    const turn = `${changeLog.schema}/${name.toLowerCase()}`;
    return answering(
      turns.transaction().execute(async (transaction) => {
        await sql`set local statement_timeout = ${sql.lit(turnTimeoutMs)}`.execute(transaction);
        await sql`select pg_advisory_xact_lock(hashtextextended(${turn}, 0))`.execute(transaction);
        return work();
      }),
    );
  }

  async list(after: string, limit: number): Promise<readonly Hub[]> {
    const query = selectHubs(this.parts.db)
      .where(sql`lower(name)`, '>', after.toLowerCase())
      .orderBy(sql`lower(name)`)
      .limit(limit);
    return (await answering(query.execute())).map(toHub);
  }

  async listUnfinished(limit: number): Promise<readonly Hub[]> {
    const query = selectHubs(this.parts.db).where('state', '<>', 'active').limit(limit);
    return (await answering(query.execute())).map(toHub);
  }

  async activate(name: string): Promise<void> {
    await answering(
      this.parts.db.transaction().execute(async (transaction) => {
        const { numUpdatedRows } = await transaction
          .updateTable('hubs')
          .set({ state: 'active', etag: nextEtag })
          .where(sql`lower(name)`, '=', name.toLowerCase())
          .where('state', '=', 'activating')
          .executeTakeFirstOrThrow();
        const activated = numUpdatedRows > 0n ? [{ operation: 'ActivateHub' }] : [];
        await writeAudit(transaction, name, activated);
      }),
    );
  }

  async markDeleting(name: string): Promise<void> {
    await answering(
      this.parts.db.transaction().execute(async (transaction) => {
        const marked = await transaction
          .updateTable('hubs')
          .set({ state: 'deleting', etag: nextEtag })
          .where(sql`lower(name)`, '=', name.toLowerCase())
          .where('state', '<>', 'deleting')
          .returning('name')
          .execute();
        const changes = marked.map((hub) => ({ kind: 'hubDeleted', hub: hub.name }) as const);
        await writeChanges(transaction, this.parts.changeLog, changes);
      }),
    );
  }

  async purge(name: string): Promise<void> {
    const { db } = this.parts;
    const hubs = db
      .selectFrom('hubs')
      .select(['id', 'name'])
      .where(sql`lower(name)`, '=', name.toLowerCase())
      .where('state', '=', 'deleting');
    const hub = await answering(hubs.executeTakeFirst());
    if (hub !== undefined) {
      await answering(purgeIdentities(db, hub.id));
      await answering(db.transaction().execute((transaction) => removeHub(transaction, hub)));
    }
  }

  async listPolicies(name: string): Promise<readonly SharedAccessPolicy[]> {
    const rows = await answering(selectPolicies(this.parts.db, name).execute());
    return rows.map((row) => ({
      name: row.name,
      rights: row.rights,
      ...openKeys(this.parts.cipher, row, policyPlace(row.hub, row.name)),
    }));
  }

  #toPolicyRow(hubId: string, hub: string, policy: SharedAccessPolicy) {
    const { name, rights } = policy;
    const keys = sealKeys(this.parts.cipher, policy, policyPlace(hub, name));
    return { hub_id: hubId, name, rights, ...keys };
  }
}

function creationOf({
  location,
  hostNames,
  partitionCount,
  retentionDays,
}: HubDefinition): AuditedChange {
  const details = { location, hostNames, partitionCount, retentionDays };
  return { operation: 'CreateHub', details };
}

/** The last step of its end: of two that take it at once one tells of it. */
async function removeHub(
  transaction: Transaction<RegistryTables>,
  { id, name }: { readonly id: string; readonly name: string },
): Promise<void> {
  const held = transaction.selectFrom('hubs').select('id').where('id', '=', id).forUpdate();
  if ((await held.executeTakeFirst()) !== undefined) {
    await writeAudit(transaction, name, [{ operation: 'PurgeHub' }]);
    await transaction.deleteFrom('hubs').where('id', '=', id).execute();
  }
}

/** As many as a hub may have (security-limits.md section 1). */
const policiesMax = 16;

const nextEtag = sql<string>`etag + 1`;

/** Undefined when a hub has the name. */
async function insertHub(
  transaction: Transaction<RegistryTables>,
  hub: HubDefinition,
): Promise<string | undefined> {
  const inserted = await transaction
    .insertInto('hubs')
    .values({
      name: hub.name,
      subscription_id: hub.subscriptionId,
      resource_group: hub.resourceGroup,
      location: hub.location,
      partition_count: hub.partitionCount,
      retention_days: hub.retentionDays,
      state: 'activating',
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst();
  return inserted?.id;
}

async function insertHostNames(
  transaction: Transaction<RegistryTables>,
  hubId: string,
  hostNames: readonly string[],
): Promise<void> {
  const rows = hostNames
    .map((hostName, position) => ({ host_name: hostName, hub_id: hubId, position }))
    // One order for all, so that two hubs with names in common wait for each other and do not lock up.
    .sort((one, other) => (one.host_name < other.host_name ? -1 : 1));
  const inserted = await transaction
    .insertInto('hub_host_names')
    .values(rows)
    .onConflict((conflict) => conflict.doNothing())
    .returning('host_name')
    .execute();
  const free = new Set(inserted.map(({ host_name }) => host_name));
  const taken = hostNames.find((hostName) => !free.has(hostName));
  if (taken !== undefined) {
    const { name } = await transaction
      .selectFrom('hub_host_names')
      .innerJoin('hubs', 'hubs.id', 'hub_host_names.hub_id')
      .select('hubs.name')
      .where('host_name', '=', taken)
      .executeTakeFirstOrThrow();
    throw hostNameTaken(taken, name);
  }
}

function selectHubs(db: Kysely<RegistryTables>) {
  return db
    .selectFrom('hubs')
    .select([
      'name',
      'subscription_id',
      'resource_group',
      'location',
      'partition_count',
      'retention_days',
      'state',
      'etag',
      ...settingsColumns,
    ])
    .select((hub) =>
      hub
        .selectFrom('hub_host_names')
        .whereRef('hub_id', '=', 'hubs.id')
        .select(sql<string[]>`array_agg(host_name order by position)`.as('names'))
        .as('host_names'),
    );
}

type HubRow = Omit<Selectable<HubsTable>, 'id' | 'kept_properties'> & {
  readonly host_names: string[] | null;
};

function toHub(row: HubRow): Hub {
  return {
    name: row.name,
    subscriptionId: row.subscription_id,
    resourceGroup: row.resource_group,
    location: row.location,
    hostNames: row.host_names ?? [],
    partitionCount: row.partition_count,
    retentionDays: row.retention_days,
    settings: toSettings(row),
    state: row.state,
    etag: formatEntityTag(row.etag),
  };
}

async function purgeIdentities(db: Kysely<RegistryTables>, hubId: string): Promise<void> {
  for (;;) {
    const piece = db
      .selectFrom('identities')
      .select(sql`ctid`.as('ctid'))
      .where('hub_id', '=', hubId)
      .limit(purgedRowsMax);
    const { numDeletedRows } = await db
      .deleteFrom('identities')
      .where(sql`ctid`, 'in', piece)
      .executeTakeFirstOrThrow();
    if (numDeletedRows < purgedRowsMax) {
      return;
    }
  }
}

function selectPolicies(db: Kysely<RegistryTables>, hub: string) {
  return db
    .selectFrom('shared_access_policies as policies')
    .innerJoin('hubs', 'hubs.id', 'policies.hub_id')
    .where(sql`lower(hubs.name)`, '=', hub.toLowerCase())
    .select(['hubs.name as hub', 'policies.name', 'rights', 'primary_key', 'secondary_key'])
    .orderBy('policies.name')
    .limit(policiesMax);
}
