import { answering, type Database } from '@linchpin/platform/postgres';
import type { KeyCipher } from '@linchpin/platform/sealing';
import type { HubId } from '@linchpin/wire';
import { cloudToDeviceSettings } from '../domain/cloud-to-device-settings.js';
import type { IdentityId } from '../domain/device-identity.js';
import type { Recipient, Recipients } from '../domain/recipients.js';
import { hubNotFound, identityNotFound } from '../domain/registry-errors.js';
import { toCloudToDevice } from './hub-row.js';
import { recipientQuery, type RecipientRow } from './recipient-query.js';
import type { RegistryTables } from './schema.js';
import { isStorable } from './storable.js';

interface PostgresRecipientsParts {
  readonly database: Database<RegistryTables>;
  readonly cipher: KeyCipher;
}

export class PostgresRecipients implements Recipients {
  /** A connection keeps the prepared statement under the name. */
  readonly #statement: { readonly name: string; readonly text: string };

  constructor(private readonly parts: PostgresRecipientsParts) {
    this.#statement = { name: 'get_recipient', text: recipientQuery(parts.database.db).sql };
  }

  async get({ hub, hubGeneration }: HubId, id: IdentityId): Promise<Recipient> {
    const { deviceId, moduleId } = id;
    const row = await this.#first([hub, hubGeneration, deviceId, moduleId ?? '']);
    if (row === undefined) {
      throw hubNotFound();
    }
    if (row.generation_id === null) {
      const isDeviceMissing = row.device_generation_id === null;
      throw identityNotFound(isDeviceMissing ? { deviceId, moduleId: undefined } : id);
    }
    return {
      generationId: row.generation_id,
      settings: cloudToDeviceSettings(toCloudToDevice(row, this.parts.cipher)),
    };
  }

  async #first(values: readonly string[]): Promise<RecipientRow | undefined> {
    const { pool } = this.parts.database;
    const storable = values.map(toStorable);
    const { rows } = await answering(
      pool.query<RecipientRow>({ ...this.#statement, values: storable }),
    );
    return rows[0];
  }
}

/** What is stored nowhere is asked for by a name that nobody has: ids are ASCII. */
function toStorable(name: string): string {
  return isStorable(name) ? name : '\ufffd';
}
