/** Takes master keys out of use: what they sealed is sealed anew under the current one. */
import type { KeyCipher } from '@linchpin/platform/sealing';
import type { Kysely, Transaction } from 'kysely';
import type { HubKey } from './identity-queries.js';
import type { RegistryTables } from './schema.js';
import {
  identityPlace,
  keptPlace,
  masterKeyIdOf,
  openKeys,
  policyPlace,
  sealKeys,
  type SealedKeyPair,
} from './sealed-keys.js';

interface ResealedKeys {
  /** What hubs only keep: each in one piece. */
  readonly kept: number;
  readonly policies: number;
  readonly identities: number;
}

/** Rows that are locked at once: whoever writes one of them waits that long. */
const batchSize = 200;

/**
 * May run beside the service and be repeated. Entity tags stay, for to clients nothing changes.
 *
 * @throws SealedKeyError
 */
export async function resealKeys(
  db: Kysely<RegistryTables>,
  cipher: KeyCipher,
): Promise<ResealedKeys> {
  const hubs = await db.selectFrom('hubs').select(['id', 'name']).orderBy('id').execute();
  let kept = 0;
  let policies = 0;
  let identities = 0;
  for (const hub of hubs) {
    kept += await resealKept(db, cipher, hub);
    policies += await resealPolicies(db, cipher, hub);
    identities += await resealIdentities(db, cipher, hub);
  }
  return { kept, policies, identities };
}

async function resealKept(
  db: Kysely<RegistryTables>,
  cipher: KeyCipher,
  hub: HubKey,
): Promise<number> {
  return db.transaction().execute(async (transaction) => {
    const row = await transaction
      .selectFrom('hubs')
      .select('kept_properties')
      .where('id', '=', hub.id)
      .where(masterKeyIdOf('kept_properties'), '<>', cipher.currentPrefix)
      .forNoKeyUpdate()
      .$narrowType<{ kept_properties: Buffer }>()
      .executeTakeFirst();
    if (row === undefined) {
      return 0;
    }
    const place = keptPlace(hub.name);
    await transaction
      .updateTable('hubs')
      .set({ kept_properties: cipher.seal(cipher.open(row.kept_properties, place), place) })
      .where('id', '=', hub.id)
      .execute();
    return 1;
  });
}

async function resealPolicies(
  db: Kysely<RegistryTables>,
  cipher: KeyCipher,
  hub: HubKey,
): Promise<number> {
  return db.transaction().execute(async (transaction) => {
    const rows = await transaction
      .selectFrom('shared_access_policies')
      .select(['name', 'primary_key', 'secondary_key'])
      .where('hub_id', '=', hub.id)
      .where(masterKeyId, '<>', cipher.currentPrefix)
      .forUpdate()
      .execute();
    for (const { name, ...keys } of rows) {
      await transaction
        .updateTable('shared_access_policies')
        .set(reseal(cipher, keys, policyPlace(hub.name, name)))
        .where('hub_id', '=', hub.id)
        .where('name', '=', name)
        .execute();
    }
    return rows.length;
  });
}

async function resealIdentities(
  db: Kysely<RegistryTables>,
  cipher: KeyCipher,
  hub: HubKey,
): Promise<number> {
  let resealed = 0;
  let last: IdentityPosition | undefined = { device_id: '', module_id: '' };
  while (last !== undefined) {
    const after: IdentityPosition = last;
    const rows = await db
      .transaction()
      .execute((transaction) => resealSomeIdentities(transaction, cipher, hub, after));
    resealed += rows.length;
    last = rows.at(-1);
  }
  return resealed;
}

interface IdentityPosition {
  readonly device_id: string;
  readonly module_id: string;
}

/** In the order of the key, so that no row is looked at twice and all who lock several agree. */
async function resealSomeIdentities(
  transaction: Transaction<RegistryTables>,
  cipher: KeyCipher,
  hub: HubKey,
  after: IdentityPosition,
): Promise<readonly IdentityPosition[]> {
  const rows = await transaction
    .selectFrom('identities')
    .select(['device_id', 'module_id', 'generation_id', 'primary_key', 'secondary_key'])
    .where('hub_id', '=', hub.id)
    .where((row) =>
      row(row.refTuple('device_id', 'module_id'), '>', row.tuple(after.device_id, after.module_id)),
    )
    .where(masterKeyId, '<>', cipher.currentPrefix)
    .orderBy('device_id')
    .orderBy('module_id')
    .limit(batchSize)
    .forUpdate()
    .$narrowType<SealedKeyPair>()
    .execute();
  for (const { device_id, module_id, generation_id, ...keys } of rows) {
    const id = { deviceId: device_id, moduleId: module_id };
    await transaction
      .updateTable('identities')
      .set(reseal(cipher, keys, identityPlace(hub.name, id, generation_id)))
      .where((row) => row.and({ hub_id: hub.id, device_id, module_id }))
      .execute();
  }
  return rows;
}

/** Both keys of a row are sealed together. */
const masterKeyId = masterKeyIdOf('primary_key');

function reseal(cipher: KeyCipher, keys: SealedKeyPair, place: string): SealedKeyPair {
  return sealKeys(cipher, openKeys(cipher, keys, place), place);
}
