import { answering } from '@linchpin/platform/postgres';
import type { KeyCipher } from '@linchpin/platform/sealing';
import type { Kysely } from 'kysely';
import type { DeviceIdentity } from '../domain/device-identity.js';
import type { IdentityPage, IdentityPages } from '../domain/identity-pages.js';
import { findHub } from './identity-queries.js';
import { identityColumns, toIdentity, type IdentityRow } from './identity-row.js';
import type { RegistryTables } from './schema.js';
import { isStorable } from './storable.js';

interface PostgresIdentityPagesParts {
  readonly db: Kysely<RegistryTables>;
  readonly cipher: KeyCipher;
}

export class PostgresIdentityPages implements IdentityPages {
  constructor(private readonly parts: PostgresIdentityPagesParts) {}

  async generationOf(hub: string): Promise<string> {
    const { id } = await answering(findHub(this.parts.db, hub));
    return id;
  }

  async list(hubName: string, page: IdentityPage): Promise<readonly DeviceIdentity[]> {
    const { db, cipher } = this.parts;
    const hub = await answering(findHub(db, hubName));
    const rows = await answering(this.#select(hub.id, page));
    return rows.map((row) => toIdentity(hub.name, row, cipher));
  }

  /** In the order of the primary key, so that a page costs the same wherever it begins. */
  async #select(hubId: string, { after, limit }: IdentityPage): Promise<readonly IdentityRow[]> {
    const { deviceId = '', moduleId = '' } = after ?? {};
    return isStorable(deviceId, moduleId)
      ? this.parts.db
          .selectFrom('identities')
          .select(identityColumns)
          .where('hub_id', '=', hubId)
          .where((row) =>
            row(row.refTuple('device_id', 'module_id'), '>', row.tuple(deviceId, moduleId)),
          )
          .orderBy('device_id')
          .orderBy('module_id')
          .limit(limit)
          .execute()
      : [];
  }
}
