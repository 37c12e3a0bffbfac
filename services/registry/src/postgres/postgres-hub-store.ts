import { TurnsByName } from '@linchpin/fairness';
import { answering } from '@linchpin/platform/postgres';
import type { KeyCipher } from '@linchpin/platform/sealing';
import type { HubCounts } from '@linchpin/wire';
import { sql, type Kysely, type Transaction } from 'kysely';
import type { AuditedChange } from '../domain/audit-log.js';
import type { ChosenSettings, Hub, HubDefinition } from '../domain/hub.js';
import { defaultChoice } from '../domain/hub-content.js';
import type { HubStore } from '../domain/hub-store.js';
import { hostNameTaken } from '../domain/registry-errors.js';
import type { SharedAccessPolicy } from '../domain/shared-access-policy.js';
import { writeAudit } from './audit-entries.js';
import { selectHubs, toChosenColumns, toHub, type ChosenColumns } from './hub-row.js';
import { readPolicies, writePolicies } from './policy-rows.js';
import { writeChanges, type ChangeLog } from './registry-change-events.js';
import type { RegistryTables } from './schema.js';
import { isStorable } from './storable.js';

interface PostgresHubStoreParts {
  readonly db: Kysely<RegistryTables>;
  /** Connections of their own for `exclusively`, whose statements last as long as the work of others. */
  readonly turns: Kysely<RegistryTables>;
  readonly cipher: KeyCipher;
  readonly changeLog: ChangeLog;
}

/** A full hub goes in pieces, so that no statement locks or logs all of it at once. */
const purgedRowsMax = 5_000;

/** As long as the lock itself is waited for. */
const turnWaitMsMax = 60_000;

export class PostgresHubStore implements HubStore {
  /** Of each hub one is at the lock, so that its many leave connections to those of others. */
  readonly #turns = new TurnsByName({ atOnceMax: 1, waitMsMax: turnWaitMsMax });

  constructor(private readonly parts: PostgresHubStoreParts) {}

  async insert(
    hub: HubDefinition,
    policies: readonly SharedAccessPolicy[],
    chosen: ChosenSettings = defaultChoice,
  ): Promise<boolean> {
    const { db, cipher } = this.parts;
    const columns = toChosenColumns(hub.name, chosen, cipher);
    return answering(
      db.transaction().execute(async (transaction) => {
        const hubId = await insertHub(transaction, hub, columns);
        if (hubId === undefined) {
          return false;
        }
        await insertHostNames(transaction, hubId, hub.hostNames);
        await writePolicies(transaction, { id: hubId, name: hub.name }, { policies, cipher });
        await writeAudit(transaction, hub.name, [creationOf(hub)]);
        return true;
      }),
    );
  }

  async find(name: string): Promise<Hub | undefined> {
    const query = selectHubs(this.parts.db).where(sql`lower(name)`, '=', name.toLowerCase());
    const row = isStorable(name) ? await answering(query.executeTakeFirst()) : undefined;
    return row && toHub(row, this.parts.cipher);
  }

  async exclusively<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
    const { turns, changeLog } = this.parts;
    const turn = `${changeLog.schema}/${name.toLowerCase()}`;
    return this.#turns.inTurn(turn, () =>
      answering(
        turns.transaction().execute(async (transaction) => {
          await sql`select pg_advisory_xact_lock(hashtextextended(${turn}, 0))`.execute(
            transaction,
          );
          return work();
        }),
      ),
    );
  }

  async list(after: string, limit: number): Promise<readonly Hub[]> {
    const query = selectHubs(this.parts.db)
      .where(sql`lower(name)`, '>', after.toLowerCase())
      .orderBy(sql`lower(name)`)
      .limit(limit);
    return (await answering(query.execute())).map((row) => toHub(row, this.parts.cipher));
  }

  async count(subscriptionId: string): Promise<HubCounts> {
    const query = this.parts.db
      .selectFrom('hubs')
      .select([
        sql<number>`count(*) filter (where sku = 'F1')::integer`.as('free'),
        sql<number>`count(*) filter (where sku <> 'F1')::integer`.as('paid'),
      ])
      .where(sql`lower(subscription_id)`, '=', subscriptionId.toLowerCase());
    return answering(query.executeTakeFirstOrThrow());
  }

  async listUnfinished(limit: number): Promise<readonly Hub[]> {
    const query = selectHubs(this.parts.db)
      .where((hub) => hub.or([hub('state', '<>', 'active'), hub('topic_outdated', '=', true)]))
      .limit(limit);
    return (await answering(query.execute())).map((row) => toHub(row, this.parts.cipher));
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

  async confirmRetention(name: string, retentionDays: number): Promise<void> {
    const query = this.parts.db
      .updateTable('hubs')
      .set({ topic_outdated: false })
      .where(sql`lower(name)`, '=', name.toLowerCase())
      .where('retention_days', '=', retentionDays);
    await answering(query.execute());
  }

  async markDeleting(name: string): Promise<void> {
    await answering(
      this.parts.db.transaction().execute(async (transaction) => {
        const marked = await transaction
          .updateTable('hubs')
          .set({ state: 'deleting', etag: nextEtag })
          .where(sql`lower(name)`, '=', name.toLowerCase())
          .where('state', '<>', 'deleting')
          .returning(['id', 'name'])
          .execute();
        const changes = marked.map(
          (hub) => ({ kind: 'hubDeleted', hub: hub.name, hubGeneration: hub.id }) as const,
        );
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
    const { db, cipher } = this.parts;
    return answering(readPolicies(db, name, cipher));
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

const nextEtag = sql<string>`etag + 1`;

/** Undefined when a hub has the name. */
async function insertHub(
  transaction: Transaction<RegistryTables>,
  hub: HubDefinition,
  chosen: ChosenColumns,
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
      ...chosen,
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

/** Rows are locked in the order of their key, as everybody else does. */
async function purgeIdentities(db: Kysely<RegistryTables>, hubId: string): Promise<void> {
  let deleted = 1n;
  while (deleted > 0n) {
    const { numDeletedRows } = await db
      .with('piece', (query) =>
        query
          .selectFrom('identities')
          .select(['device_id', 'module_id'])
          .where('hub_id', '=', hubId)
          .orderBy('device_id')
          .orderBy('module_id')
          .limit(purgedRowsMax)
          .forUpdate(),
      )
      .deleteFrom('identities')
      .using('piece')
      .where('identities.hub_id', '=', hubId)
      .whereRef('identities.device_id', '=', 'piece.device_id')
      .whereRef('identities.module_id', '=', 'piece.module_id')
      .executeTakeFirstOrThrow();
    deleted = numDeletedRows;
  }
}
