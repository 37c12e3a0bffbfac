import { answering, type Database } from '@linchpin/platform/postgres';
import type { KeyCipher } from '@linchpin/platform/sealing';
import type { HubId } from '@linchpin/wire';
import { sql } from 'kysely';
import { hubNotFound } from '../domain/registry-errors.js';
import {
  uploadSettings,
  type UploadSettings,
  type UploadSettingsStore,
} from '../domain/upload-settings.js';
import { openKept } from './hub-row.js';
import type { RegistryTables } from './schema.js';
import { isStorable } from './storable.js';

interface PostgresUploadSettingsParts {
  readonly database: Pick<Database<RegistryTables>, 'db'>;
  readonly cipher: KeyCipher;
}

/** They hold a secret: there is no copy of them that is not sealed, and so they are opened for each who asks. */
export class PostgresUploadSettings implements UploadSettingsStore {
  constructor(private readonly parts: PostgresUploadSettingsParts) {}

  async get({ hub, hubGeneration }: HubId): Promise<UploadSettings> {
    const { database, cipher } = this.parts;
    const query = database.db
      .selectFrom('hubs')
      .select(['id', 'name', 'kept_properties'])
      .where(sql`lower(name)`, '=', hub.toLowerCase())
      .where('name', '=', hub)
      .where('state', '=', 'active');
    const row = isStorable(hub) ? await answering(query.executeTakeFirst()) : undefined;
    if (row?.id !== hubGeneration) {
      throw hubNotFound();
    }
    return uploadSettings(openKept(row, cipher));
  }
}
