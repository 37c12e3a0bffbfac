import { answering } from '@linchpin/platform/postgres';
import type { KeyCipher } from '@linchpin/platform/sealing';
import { formatIdentityId, HubError } from '@linchpin/wire';
import { sql, type Kysely, type Transaction } from 'kysely';
import {
  changesOf,
  type BulkChange,
  type BulkIdentityStore,
  type IdentityWrites,
} from '../domain/bulk-identity-store.js';
import type { DeviceIdentity, IdentityContent, IdentityId } from '../domain/device-identity.js';
import { formatEntityTag } from './entity-tag.js';
import { findHub, holdHub, hubIdOf, type HubKey } from './identity-queries.js';
import {
  contentColumns,
  identityColumns,
  toContentRow,
  toIdentity,
  type IdentityRow,
} from './identity-row.js';
import { writeChanges, type ChangeLog } from './registry-change-events.js';
import type { RegistryTables } from './schema.js';

interface PostgresBulkIdentityStoreParts {
  readonly db: Kysely<RegistryTables>;
  readonly cipher: KeyCipher;
  readonly changeLog: ChangeLog;
}

/** Each time takes another who creates one of the same identities in the very moment. */
const attemptsMax = 5;

/**
 * However many identities change, it takes a handful of statements in one transaction. Rows are locked
 * and written in the order of their key, devices before their modules, as everybody else does.
 */
export class PostgresBulkIdentityStore implements BulkIdentityStore {
  constructor(private readonly parts: PostgresBulkIdentityStoreParts) {}

  async changeMany<Result>(
    hubName: string,
    deviceIds: readonly string[],
    decide: (stored: readonly DeviceIdentity[]) => BulkChange<Result>,
  ): Promise<Result> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await answering(this.#attempt(hubName, deviceIds, decide));
      } catch (error) {
        if (!(error instanceof CreatedMeanwhile)) {
          throw error;
        }
        if (attempt === attemptsMax) {
          throw new HubError(
            'ServiceUnavailable',
            'Others create the same devices and modules at the same time; try again.',
            { retryAfterMs: 1_000 },
          );
        }
      }
    }
  }

  async #attempt<Result>(
    hubName: string,
    deviceIds: readonly string[],
    decide: (stored: readonly DeviceIdentity[]) => BulkChange<Result>,
  ): Promise<Result> {
    const { db, cipher, changeLog } = this.parts;
    return db.transaction().execute(async (transaction) => {
      const hub = await findHub(transaction, hubName);
      await holdHub(transaction, hub);
      const rows = await lockDevices(transaction, hub, deviceIds);
      const stored = rows.map((row) => toIdentity(hub.name, row, cipher));
      const { writes, result } = decide(stored);
      const etagOf = await this.#write(transaction, hub, writes);
      const changes = changesOf({ hub: hubIdOf(hub), stored, writes, etagOf });
      await writeChanges(transaction, changeLog, changes);
      return result;
    });
  }

  /** @returns the entity tags of what was written */
  async #write(
    transaction: Transaction<RegistryTables>,
    hub: HubKey,
    { deleted, updated, created }: IdentityWrites,
  ): Promise<(id: IdentityId) => string> {
    await deleteIdentities(transaction, hub, deleted);
    const written = [
      ...(await this.#update(transaction, hub, updated)),
      ...(await this.#insert(transaction, hub, created)),
    ];
    const etags = new Map(
      written.map((row) => [formatIdentityId(toId(row)), formatEntityTag(row.etag)]),
    );
    return (id) => etags.get(formatIdentityId(id)) ?? '';
  }

  /** They are there, and locked: none is inserted. */
  async #update(
    transaction: Transaction<RegistryTables>,
    hub: HubKey,
    updated: IdentityWrites['updated'],
  ): Promise<readonly TaggedRow[]> {
    const rows = updated.map(({ content }) => this.#toRow(hub, content));
    return rows.length === 0
      ? []
      : transaction
          .insertInto('identities')
          .values(rows)
          .onConflict((conflict) =>
            conflict.columns(['hub_id', 'device_id', 'module_id']).doUpdateSet((row) => ({
              ...Object.fromEntries(
                contentColumns.map((column) => [column, row.ref(`excluded.${column}`)]),
              ),
              etag: sql<string>`identities.etag + 1`,
            })),
          )
          .returning(taggedColumns)
          .execute();
  }

  async #insert(
    transaction: Transaction<RegistryTables>,
    hub: HubKey,
    created: IdentityWrites['created'],
  ): Promise<readonly TaggedRow[]> {
    const rows = [...created].sort(byKey).map((content) => this.#toRow(hub, content));
    if (rows.length === 0) {
      return [];
    }
    const inserted = await transaction
      .insertInto('identities')
      .values(rows)
      .onConflict((conflict) => conflict.doNothing())
      .returning(taggedColumns)
      .execute();
    if (inserted.length < rows.length) {
      throw new CreatedMeanwhile();
    }
    return inserted;
  }

  #toRow(hub: HubKey, content: IdentityContent) {
    return { hub_id: hub.id, ...toContentRow(hub.name, content, this.parts.cipher) };
  }
}

const taggedColumns = ['device_id', 'module_id', 'etag'] as const;

type TaggedRow = Pick<IdentityRow, (typeof taggedColumns)[number]>;

function toId({ device_id: deviceId, module_id: moduleId }: TaggedRow): IdentityId {
  return { deviceId, moduleId: moduleId === '' ? undefined : moduleId };
}

/** Undoes an attempt that somebody else has overtaken. */
class CreatedMeanwhile extends Error {}

function lockDevices(
  transaction: Transaction<RegistryTables>,
  hub: HubKey,
  deviceIds: readonly string[],
) {
  return transaction
    .selectFrom('identities')
    .select(identityColumns)
    .where('hub_id', '=', hub.id)
    .where('device_id', '=', sql<string>`any(${deviceIds}::text[])`)
    .orderBy('device_id')
    .orderBy('module_id')
    .forUpdate()
    .execute();
}

async function deleteIdentities(
  transaction: Transaction<RegistryTables>,
  hub: HubKey,
  deleted: readonly DeviceIdentity[],
): Promise<void> {
  const deviceIds = deleted.flatMap((each) => (each.moduleId === undefined ? [each.deviceId] : []));
  const modules = deleted.filter(({ moduleId }) => moduleId !== undefined);
  const ofHub = transaction.deleteFrom('identities').where('hub_id', '=', hub.id);
  if (deviceIds.length > 0) {
    await ofHub.where('device_id', '=', sql<string>`any(${deviceIds}::text[])`).execute();
  }
  if (modules.length > 0) {
    const keys = sql`select * from unnest(
      ${modules.map(({ deviceId }) => deviceId)}::text[],
      ${modules.map(({ moduleId }) => moduleId)}::text[])`;
    await ofHub.where(sql<boolean>`(device_id, module_id) in (${keys})`).execute();
  }
}

function byKey(one: IdentityContent, other: IdentityContent): number {
  return compare(one.deviceId, other.deviceId) || compare(one.moduleId ?? '', other.moduleId ?? '');
}

function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}
