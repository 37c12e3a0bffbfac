import type { KeyCipher } from '@linchpin/platform/sealing';
import type { Kysely } from 'kysely';
import type { RegistryTables } from './schema.js';
import {
  identityPlace,
  keptPlace,
  masterKeyIdOf,
  openKeys,
  policyPlace,
  type SealedKeyPair,
} from './sealed-keys.js';

/**
 * Opens one secret of each kind for each master key that such are sealed under: a wrong or missing
 * master key shows when the process starts, not when the first device connects.
 *
 * @throws SealedKeyError
 */
export async function checkMasterKeys(
  db: Kysely<RegistryTables>,
  cipher: KeyCipher,
): Promise<void> {
  for (const openNext of [openPolicy, openKept, openIdentity]) {
    let last: Buffer | undefined = Buffer.alloc(0);
    while (last !== undefined) {
      last = await openNext(db, cipher, last);
    }
  }
}

/** Opens what is sealed under the first master key behind `last`; returns its id. */
type OpenNext = (
  db: Kysely<RegistryTables>,
  cipher: KeyCipher,
  last: Buffer,
) => Promise<Buffer | undefined>;

const masterKeyId = masterKeyIdOf('primary_key');

const openPolicy: OpenNext = async (db, cipher, last) => {
  const row = await db
    .selectFrom('shared_access_policies as policies')
    .innerJoin('hubs', 'hubs.id', 'policies.hub_id')
    .select(['hubs.name as hub', 'policies.name', 'primary_key', 'secondary_key'])
    .select(masterKeyId.as('master_key_id'))
    .where(masterKeyId, '>', last)
    .orderBy(masterKeyId)
    .limit(1)
    .executeTakeFirst();
  if (row !== undefined) {
    openKeys(cipher, row, policyPlace(row.hub, row.name));
  }
  return row?.master_key_id;
};

const openKept: OpenNext = async (db, cipher, last) => {
  const keptKeyId = masterKeyIdOf('kept_properties');
  const row = await db
    .selectFrom('hubs')
    .select(['name', 'kept_properties', keptKeyId.as('master_key_id')])
    .where(keptKeyId, '>', last)
    .orderBy(keptKeyId)
    .limit(1)
    .$narrowType<{ kept_properties: Buffer }>()
    .executeTakeFirst();
  if (row !== undefined) {
    cipher.open(row.kept_properties, keptPlace(row.name));
  }
  return row?.master_key_id;
};

/** By an index of their own: there may be millions. */
const openIdentity: OpenNext = async (db, cipher, last) => {
  const row = await db
    .selectFrom('identities')
    .innerJoin('hubs', 'hubs.id', 'identities.hub_id')
    .select(['hubs.name as hub', 'device_id', 'module_id', 'generation_id'])
    .select(['primary_key', 'secondary_key', masterKeyId.as('master_key_id')])
    .where('primary_key', 'is not', null)
    .where(masterKeyId, '>', last)
    .orderBy(masterKeyId)
    .limit(1)
    .$narrowType<SealedKeyPair>()
    .executeTakeFirst();
  if (row !== undefined) {
    const id = { deviceId: row.device_id, moduleId: row.module_id };
    openKeys(cipher, row, identityPlace(row.hub, id, row.generation_id));
  }
  return row?.master_key_id;
};
