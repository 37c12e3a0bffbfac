import { sql, type Kysely } from 'kysely';
import type { KeyCipher } from '@linchpin/platform/sealing';
import type { RegistryTables } from './schema.js';
import { openKeys, policyPlace } from './sealed-keys.js';

/**
 * Opens one policy's keys for each master key in use: a wrong or missing master key shows when the
 * process starts, not when the first device connects.
 *
 * @throws SealedKeyError
 */
export async function checkMasterKeys(
  db: Kysely<RegistryTables>,
  cipher: KeyCipher,
): Promise<void> {
  const masterKeyId = sql`substring(primary_key from 1 for 1 + get_byte(primary_key, 0))`;
  const rows = await db
    .selectFrom('shared_access_policies as policies')
    .innerJoin('hubs', 'hubs.id', 'policies.hub_id')
    .distinctOn(masterKeyId)
    .select(['hubs.name as hub', 'policies.name', 'primary_key', 'secondary_key'])
    .execute();
  for (const row of rows) {
    openKeys(cipher, row, policyPlace(row.hub, row.name));
  }
}
