import { thumbprintsOf } from '@linchpin/auth';
import { answering } from '@linchpin/platform/postgres';
import type { KeyCipher } from '@linchpin/platform/sealing';
import { azureLimits } from '@linchpin/wire';
import { sql, type Kysely, type Selectable, type Transaction } from 'kysely';
import type { AuditedChange } from '../domain/audit-log.js';
import type { CaCertificate, CaCertificateContent } from '../domain/ca-certificate.js';
import type { CaCertificateStore, CertificateWrite } from '../domain/ca-certificate-store.js';
import { cloudToDeviceSettings } from '../domain/cloud-to-device-settings.js';
import { authoritiesChanged } from '../domain/registry-change.js';
import {
  certificateNotFound,
  hubNotFound,
  tooManyCertificates,
} from '../domain/registry-errors.js';
import { writeAudit } from './audit-entries.js';
import { formatEntityTag } from './entity-tag.js';
import { accessColumns, toAccessSettings, toCloudToDevice } from './hub-row.js';
import { findHub, type HubKey } from './identity-queries.js';
import { writeEvents, type ChangeLog } from './registry-change-events.js';
import type { CaCertificatesTable, RegistryTables } from './schema.js';

interface PostgresCaCertificateStoreParts {
  readonly db: Kysely<RegistryTables>;
  readonly cipher: KeyCipher;
  readonly changeLog: ChangeLog;
}

export class PostgresCaCertificateStore implements CaCertificateStore {
  constructor(private readonly parts: PostgresCaCertificateStoreParts) {}

  async list(hubName: string): Promise<readonly CaCertificate[]> {
    const { db } = this.parts;
    return answering(findHub(db, hubName).then((hub) => selectAll(db, hub)));
  }

  async get(hubName: string, name: string): Promise<CaCertificate> {
    const found = findNamed(await this.list(hubName), name);
    if (found === undefined) {
      throw certificateNotFound(name);
    }
    return found;
  }

  async listVerified(hubGeneration: string): Promise<readonly Uint8Array[]> {
    const query = this.parts.db
      .selectFrom('ca_certificates')
      .select('certificate')
      .where('hub_id', '=', hubGeneration)
      .where('is_verified', '=', true)
      .orderBy('name')
      .limit(azureLimits.caCertificatesPerHubMax);
    return (await answering(query.execute())).map(({ certificate }) => certificate);
  }

  async write(
    hubName: string,
    { name, operation, now }: CertificateWrite,
    decide: (stored: CaCertificate | undefined) => CaCertificateContent,
  ): Promise<CaCertificate> {
    return this.#change(hubName, async (transaction, hub, before) => {
      const stored = findNamed(before, name);
      if (stored === undefined && before.length >= azureLimits.caCertificatesPerHubMax) {
        throw tooManyCertificates(azureLimits.caCertificatesPerHubMax);
      }
      const content = toContentRow(decide(stored), now);
      const result =
        stored === undefined
          ? await insert(transaction, { hub_id: hub.id, name, created_time: now, ...content })
          : await update(transaction, hub, stored.name, content);
      return { result, audited: auditedChange(operation, result) };
    });
  }

  async delete(hubName: string, name: string, permit: (etag: string) => void): Promise<void> {
    await this.#change(hubName, async (transaction, hub, before) => {
      const stored = findNamed(before, name);
      if (stored === undefined) {
        throw certificateNotFound(name);
      }
      permit(stored.etag);
      await transaction
        .deleteFrom('ca_certificates')
        .where('hub_id', '=', hub.id)
        .where('name', '=', stored.name)
        .execute();
      return { result: undefined, audited: auditedChange('DeleteCertificate', stored) };
    });
  }

  /** The hub's certificates stand still for `change`, whose outcome is compared with what they were. */
  async #change<Result>(
    hubName: string,
    change: (
      transaction: Transaction<RegistryTables>,
      hub: HubKey,
      before: readonly CaCertificate[],
    ) => Promise<{ readonly result: Result; readonly audited: AuditedChange }>,
  ): Promise<Result> {
    const { db, cipher, changeLog } = this.parts;
    return answering(
      db.transaction().execute(async (transaction) => {
        const hub = await findHub(transaction, hubName);
        const held = await lockHub(transaction, hub, cipher);
        const before = await selectAll(transaction, hub);
        const { result, audited } = await change(transaction, hub, before);
        const after = await selectAll(transaction, hub);
        const told = authoritiesChanged(
          { hub: hub.name, hubGeneration: hub.id, ...held },
          before,
          after,
        );
        await writeEvents(transaction, changeLog, told === undefined ? [] : [told]);
        await writeAudit(transaction, hub.name, [audited]);
        return result;
      }),
    );
  }
}

/** Nobody else changes the hub, or its certificates, before the transaction ends. */
async function lockHub(
  transaction: Transaction<RegistryTables>,
  { id }: HubKey,
  cipher: KeyCipher,
) {
  const row = await transaction
    .selectFrom('hubs')
    .select([...accessColumns, 'name', 'cloud_to_device', 'kept_properties'])
    .where('id', '=', id)
    .where('state', '=', 'active')
    .forNoKeyUpdate()
    .executeTakeFirst();
  if (row === undefined) {
    throw hubNotFound();
  }
  return {
    settings: toAccessSettings(row),
    cloudToDevice: cloudToDeviceSettings(toCloudToDevice(row, cipher)),
  };
}

const columns = [
  'name',
  'certificate',
  'is_verified',
  'verification_code',
  'created_time',
  'updated_time',
  'etag',
] as const satisfies readonly (keyof CaCertificatesTable)[];

type CertificateRow = Pick<Selectable<CaCertificatesTable>, (typeof columns)[number]>;

async function selectAll(db: Kysely<RegistryTables>, hub: HubKey): Promise<CaCertificate[]> {
  const rows = await db
    .selectFrom('ca_certificates')
    .select(columns)
    .where('hub_id', '=', hub.id)
    .orderBy(sql`lower(name)`)
    .limit(azureLimits.caCertificatesPerHubMax)
    .execute();
  return rows.map(toCertificate);
}

type ContentRow = Pick<
  Selectable<CaCertificatesTable>,
  'certificate' | 'is_verified' | 'verification_code' | 'updated_time'
>;

async function insert(
  transaction: Transaction<RegistryTables>,
  row: ContentRow & Pick<Selectable<CaCertificatesTable>, 'hub_id' | 'name' | 'created_time'>,
): Promise<CaCertificate> {
  const inserted = await transaction
    .insertInto('ca_certificates')
    .values(row)
    .returning(columns)
    .executeTakeFirstOrThrow();
  return toCertificate(inserted);
}

async function update(
  transaction: Transaction<RegistryTables>,
  hub: HubKey,
  name: string,
  row: ContentRow,
): Promise<CaCertificate> {
  const updated = await transaction
    .updateTable('ca_certificates')
    .set({ ...row, etag: sql<string>`etag + 1` })
    .where('hub_id', '=', hub.id)
    .where('name', '=', name)
    .returning(columns)
    .executeTakeFirstOrThrow();
  return toCertificate(updated);
}

function auditedChange(
  operation: string,
  { name, certificate, isVerified }: CaCertificate,
): AuditedChange {
  const { sha256 } = thumbprintsOf(certificate);
  return { operation, subject: { certificate: name }, details: { sha256, isVerified } };
}

function findNamed(
  certificates: readonly CaCertificate[],
  name: string,
): CaCertificate | undefined {
  return certificates.find((each) => each.name.toLowerCase() === name.toLowerCase());
}

function toContentRow(content: CaCertificateContent, updatedTime: Date): ContentRow {
  return {
    certificate: Buffer.from(content.certificate),
    is_verified: content.isVerified,
    verification_code: content.verificationCode ?? null,
    updated_time: updatedTime,
  };
}

function toCertificate(row: CertificateRow): CaCertificate {
  return {
    name: row.name,
    certificate: row.certificate,
    isVerified: row.is_verified,
    verificationCode: row.verification_code ?? undefined,
    createdTime: row.created_time,
    updatedTime: row.updated_time,
    etag: formatEntityTag(row.etag),
  };
}
