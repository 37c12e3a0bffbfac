/** Shared access policies between their rows and the domain. */
import type { KeyCipher } from '@linchpin/platform/sealing';
import { azureLimits } from '@linchpin/wire';
import { sql, type Kysely, type Transaction } from 'kysely';
import type { SharedAccessPolicy } from '../domain/shared-access-policy.js';
import type { HubKey } from './identity-queries.js';
import type { RegistryTables } from './schema.js';
import { openKeys, policyPlace, sealKeys } from './sealed-keys.js';

/** By name; of a hub in any state. */
export async function readPolicies(
  db: Kysely<RegistryTables>,
  hub: string,
  cipher: KeyCipher,
): Promise<readonly SharedAccessPolicy[]> {
  const rows = await db
    .selectFrom('shared_access_policies as policies')
    .innerJoin('hubs', 'hubs.id', 'policies.hub_id')
    .where(sql`lower(hubs.name)`, '=', hub.toLowerCase())
    .select(['hubs.name as hub', 'policies.name', 'rights', 'primary_key', 'secondary_key'])
    .orderBy('policies.name')
    .limit(azureLimits.policiesPerHubMax)
    .execute();
  return rows.map((row) => ({
    name: row.name,
    rights: row.rights,
    ...openKeys(cipher, row, policyPlace(row.hub, row.name)),
  }));
}

interface WrittenPolicies {
  readonly policies: readonly SharedAccessPolicy[];
  readonly cipher: KeyCipher;
}

/** In the place of all that the hub had. */
export async function writePolicies(
  transaction: Transaction<RegistryTables>,
  hub: HubKey,
  { policies, cipher }: WrittenPolicies,
): Promise<void> {
  await transaction.deleteFrom('shared_access_policies').where('hub_id', '=', hub.id).execute();
  const rows = policies.map((policy) => ({
    hub_id: hub.id,
    name: policy.name,
    rights: policy.rights,
    ...sealKeys(cipher, policy, policyPlace(hub.name, policy.name)),
  }));
  if (rows.length > 0) {
    await transaction.insertInto('shared_access_policies').values(rows).execute();
  }
}
