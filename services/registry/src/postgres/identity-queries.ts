/** Statements on identities that take part in larger work. */
import { currentActor } from '@linchpin/platform/actor';
import type { HubId } from '@linchpin/wire';
import { sql, type Kysely, type Transaction } from 'kysely';
import type { IdentityId } from '../domain/device-identity.js';
import { hubNotFound, identityNotFound, tooManyModules } from '../domain/registry-errors.js';
import { identityColumns, type IdentityRow } from './identity-row.js';
import type { RegistryTables } from './schema.js';
import { isStorable } from './storable.js';

/** An active hub. */
export interface HubKey {
  readonly id: string;
  readonly name: string;
}

export function hubIdOf({ id, name }: HubKey): HubId {
  return { hub: name, hubGeneration: id };
}

/**
 * Not a hub that was made under the name since whoever asks was judged: its rights were another's.
 *
 * @throws HubError IotHubNotFound
 */
export async function findHub(db: Kysely<RegistryTables>, name: string): Promise<HubKey> {
  const query = db
    .selectFrom('hubs')
    .select(['id', 'name'])
    .where(sql`lower(name)`, '=', name.toLowerCase())
    .where('name', '=', name)
    .where('state', '=', 'active');
  const hub = isStorable(name) ? await query.executeTakeFirst() : undefined;
  const { hubGeneration = hub?.id } = currentActor() ?? {};
  if (hub === undefined || hub.id !== hubGeneration) {
    throw hubNotFound();
  }
  return hub;
}

/** Until the transaction ends the hub stays active, so that nothing is added to one being deleted. */
export async function holdHub(
  transaction: Transaction<RegistryTables>,
  { id }: HubKey,
): Promise<void> {
  const hub = await transaction
    .selectFrom('hubs')
    .select('id')
    .where('id', '=', id)
    .where('state', '=', 'active')
    .forShare()
    .executeTakeFirst();
  if (hub === undefined) {
    throw hubNotFound();
  }
}

/** The columns of the primary key. */
interface IdentityKey {
  readonly hub_id: string;
  readonly device_id: string;
  readonly module_id: string;
}

export function keyOf(hub: HubKey, { deviceId, moduleId = '' }: IdentityId): IdentityKey {
  return { hub_id: hub.id, device_id: deviceId, module_id: moduleId };
}

/** @throws HubError DeviceNotFound, ModuleNotFound */
export async function getIdentity(
  db: Kysely<RegistryTables>,
  hub: HubKey,
  id: IdentityId,
): Promise<IdentityRow> {
  const row = await selectIdentity(db, hub, id).executeTakeFirst();
  return row ?? refuseMissing(db, hub, id);
}

/** Nobody else changes the row before the transaction ends. @throws as `getIdentity` */
export async function lockIdentity(
  transaction: Transaction<RegistryTables>,
  hub: HubKey,
  id: IdentityId,
): Promise<IdentityRow> {
  const row = await selectIdentity(transaction, hub, id).forUpdate().executeTakeFirst();
  return row ?? refuseMissing(transaction, hub, id);
}

/**
 * Comes after the modules were added, under the lock of their device.
 *
 * @throws HubError TooManyModulesOnDevice
 */
export async function requireFewModules(
  transaction: Transaction<RegistryTables>,
  hub: HubKey,
  deviceId: string,
  modulesMax: number,
): Promise<void> {
  const { modules } = await transaction
    .selectFrom('identities')
    .select(({ fn }) => fn.countAll<string>().as('modules'))
    .where('hub_id', '=', hub.id)
    .where('device_id', '=', deviceId)
    .where('module_id', '<>', '')
    .executeTakeFirstOrThrow();
  if (Number(modules) > modulesMax) {
    throw tooManyModules(deviceId, modulesMax);
  }
}

interface DeletedModule {
  readonly deviceId: string;
  readonly moduleId: string;
  readonly generationId: string;
}

export async function deleteModules(
  transaction: Transaction<RegistryTables>,
  hub: HubKey,
  deviceId: string,
  moduleIds: readonly string[],
): Promise<readonly DeletedModule[]> {
  if (moduleIds.length === 0) {
    return [];
  }
  const deleted = await transaction
    .deleteFrom('identities')
    .where('hub_id', '=', hub.id)
    .where('device_id', '=', deviceId)
    .where('module_id', 'in', moduleIds)
    .returning(['module_id', 'generation_id'])
    .execute();
  return deleted.map((row) => ({
    deviceId,
    moduleId: row.module_id,
    generationId: row.generation_id,
  }));
}

function selectIdentity(db: Kysely<RegistryTables>, hub: HubKey, id: IdentityId) {
  return db
    .selectFrom('identities')
    .select(identityColumns)
    .where((row) => row.and(keyOf(hub, id)));
}

/** Of a module that is missing, says whether its device is there. */
async function refuseMissing(
  db: Kysely<RegistryTables>,
  hub: HubKey,
  id: IdentityId,
): Promise<never> {
  const device = { deviceId: id.deviceId, moduleId: undefined };
  const found = await selectIdentity(db, hub, device).executeTakeFirst();
  throw identityNotFound(found === undefined ? device : id);
}
