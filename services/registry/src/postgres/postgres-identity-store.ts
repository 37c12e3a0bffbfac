import { answering } from '@linchpin/platform/postgres';
import type { KeyCipher } from '@linchpin/platform/sealing';
import { sql, type Kysely, type Transaction } from 'kysely';
import type { DeviceIdentity, IdentityContent, IdentityId } from '../domain/device-identity.js';
import type { IdentityStore, IdentityUpdate } from '../domain/identity-store.js';
import {
  identityCreated,
  identityDeleted,
  identityUpdateRecorded,
  type RecordedChange,
} from '../domain/registry-change.js';
import { identityExists, identityNotFound } from '../domain/registry-errors.js';
import { formatEntityTag } from './entity-tag.js';
import {
  deleteModules,
  findHub,
  getIdentity,
  holdHub,
  hubIdOf,
  keyOf,
  lockIdentity,
  requireFewModules,
  type HubKey,
} from './identity-queries.js';
import { identityColumns, toContentRow, toIdentity } from './identity-row.js';
import { writeChanges, type ChangeLog } from './registry-change-events.js';
import type { RegistryTables } from './schema.js';

interface PostgresIdentityStoreParts {
  readonly db: Kysely<RegistryTables>;
  readonly cipher: KeyCipher;
  readonly changeLog: ChangeLog;
}

export class PostgresIdentityStore implements IdentityStore {
  constructor(private readonly parts: PostgresIdentityStoreParts) {}

  async insertDevice(
    hubName: string,
    device: IdentityContent,
    modules: readonly IdentityContent[],
  ): Promise<DeviceIdentity> {
    return this.#change(hubName, async (transaction, hub) => {
      await holdHub(transaction, hub);
      const result = await this.#insert(transaction, hub, device);
      const inserted = await this.#insertEach(transaction, hub, modules);
      const created = [result, ...inserted];
      return { result, changes: created.map((each) => identityCreated(hubIdOf(hub), each)) };
    });
  }

  async insertModule(
    hubName: string,
    module: IdentityContent,
    modulesMax: number,
  ): Promise<DeviceIdentity> {
    const { deviceId } = module;
    return this.#change(hubName, async (transaction, hub) => {
      await holdHub(transaction, hub);
      // Whoever adds or removes modules of a device holds its row, so their number stands still.
      await lockIdentity(transaction, hub, { deviceId, moduleId: undefined });
      const result = await this.#insert(transaction, hub, module);
      await requireFewModules(transaction, hub, deviceId, modulesMax);
      return { result, changes: [identityCreated(hubIdOf(hub), result)] };
    });
  }

  async update(
    hubName: string,
    id: IdentityId,
    modulesMax: number,
    decide: (stored: DeviceIdentity) => IdentityUpdate,
  ): Promise<DeviceIdentity> {
    const { cipher } = this.parts;
    return this.#change(hubName, async (transaction, hub) => {
      const stored = toIdentity(hub.name, await lockIdentity(transaction, hub, id), cipher);
      const { content, addedModules, removedModuleIds } = decide(stored);
      if (addedModules.length > 0) {
        // After the device: whoever changes the hub's row waits for no identity.
        await holdHub(transaction, hub);
      }
      const written = await transaction
        .updateTable('identities')
        .set({ ...toContentRow(hub.name, content, cipher), etag: sql<string>`etag + 1` })
        .where((row) => row.and(keyOf(hub, id)))
        .returning(identityColumns)
        .executeTakeFirstOrThrow();
      const removed = await deleteModules(transaction, hub, id.deviceId, removedModuleIds);
      const added = await this.#insertEach(transaction, hub, addedModules);
      if (addedModules.length > 0) {
        await requireFewModules(transaction, hub, id.deviceId, modulesMax);
      }
      const result = toIdentity(hub.name, written, cipher);
      const changes = [
        identityUpdateRecorded(hubIdOf(hub), stored, result),
        ...removed.map((module) => identityDeleted(hubIdOf(hub), module)),
        ...added.map((module) => identityCreated(hubIdOf(hub), module)),
      ];
      return { result, changes };
    });
  }

  async delete(hubName: string, id: IdentityId, permit: (etag: string) => void): Promise<void> {
    return this.#change(hubName, async (transaction, hub) => {
      const row = await lockIdentity(transaction, hub, id);
      permit(formatEntityTag(row.etag));
      const { module_id, ...deviceKey } = keyOf(hub, id);
      const key = id.moduleId === undefined ? deviceKey : { ...deviceKey, module_id };
      const gone = await transaction
        .deleteFrom('identities')
        .where((each) => each.and(key))
        .returning(['module_id', 'generation_id as generationId'])
        .execute();
      const deleted = { ...id, generationId: row.generation_id };
      const modules = gone.filter((each) => each.module_id !== module_id);
      return { result: undefined, changes: [identityDeleted(hubIdOf(hub), deleted, modules)] };
    });
  }

  async get(hubName: string, id: IdentityId): Promise<DeviceIdentity> {
    return this.#read(hubName, async (db, hub) => {
      return toIdentity(hub.name, await getIdentity(db, hub, id), this.parts.cipher);
    });
  }

  async listDevices(hubName: string, limit: number): Promise<readonly DeviceIdentity[]> {
    return this.#read(hubName, async (db, hub) => {
      const rows = await db
        .selectFrom('identities')
        .select(identityColumns)
        .where('hub_id', '=', hub.id)
        .where('module_id', '=', '')
        .orderBy('device_id')
        .limit(limit)
        .execute();
      return rows.map((row) => toIdentity(hub.name, row, this.parts.cipher));
    });
  }

  async listModules(
    hubName: string,
    deviceId: string,
    limit: number,
  ): Promise<readonly DeviceIdentity[]> {
    return this.#read(hubName, async (db, hub) => {
      const [device, ...modules] = await db
        .selectFrom('identities')
        .select(identityColumns)
        .where('hub_id', '=', hub.id)
        .where('device_id', '=', deviceId)
        .orderBy('module_id')
        .limit(limit + 1)
        .execute();
      if (device === undefined) {
        throw identityNotFound({ deviceId, moduleId: undefined });
      }
      return modules.map((row) => toIdentity(hub.name, row, this.parts.cipher));
    });
  }

  async #read<Result>(
    hubName: string,
    read: (db: Kysely<RegistryTables>, hub: HubKey) => Promise<Result>,
  ): Promise<Result> {
    const { db } = this.parts;
    return answering(findHub(db, hubName).then((hub) => read(db, hub)));
  }

  async #change<Result>(hubName: string, change: Change<Result>): Promise<Result> {
    const { db, changeLog } = this.parts;
    return answering(
      db.transaction().execute(async (transaction) => {
        const hub = await findHub(transaction, hubName);
        const { result, changes } = await change(transaction, hub);
        await writeChanges(transaction, changeLog, changes);
        return result;
      }),
    );
  }

  async #insertEach(
    transaction: Transaction<RegistryTables>,
    hub: HubKey,
    identities: readonly IdentityContent[],
  ): Promise<readonly DeviceIdentity[]> {
    const inserted: DeviceIdentity[] = [];
    for (const identity of identities) {
      inserted.push(await this.#insert(transaction, hub, identity));
    }
    return inserted;
  }

  async #insert(
    transaction: Transaction<RegistryTables>,
    hub: HubKey,
    identity: IdentityContent,
  ): Promise<DeviceIdentity> {
    const row = await transaction
      .insertInto('identities')
      .values({ hub_id: hub.id, ...toContentRow(hub.name, identity, this.parts.cipher) })
      .onConflict((conflict) => conflict.doNothing())
      .returning(identityColumns)
      .executeTakeFirst();
    if (row === undefined) {
      throw identityExists(identity);
    }
    return toIdentity(hub.name, row, this.parts.cipher);
  }
}

/** What one transaction does, and the changes to tell of that it stores with it. */
type Change<Result> = (
  transaction: Transaction<RegistryTables>,
  hub: HubKey,
) => Promise<{ readonly result: Result; readonly changes: readonly RecordedChange[] }>;
