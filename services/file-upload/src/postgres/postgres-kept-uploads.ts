import { answering } from '@linchpin/platform/postgres';
import type { HubId } from '@linchpin/wire';
import { sql, type Kysely } from 'kysely';
import type {
  DeviceUpload,
  NewUpload,
  UploadEnd,
  UploadingDevice,
} from '../domain/device-upload.js';
import type { EndedUpload, KeptUploads } from '../domain/kept-uploads.js';
import { enqueueNotification } from './enqueue-notification.js';
import type { FileUploadTables } from './schema.js';

interface PostgresKeptUploadsParts {
  readonly db: Kysely<FileUploadTables>;
  /** Notifications that wait in one hub. */
  readonly notificationsMax: number;
}

/** So long a device that repeats itself is told the same. */
const rememberedSeconds = 24 * 3_600;
/** Of one device: one that starts and fails without end fills no table. */
const rememberedUploadsMax = 100;
const rowsOfStatement = 1_000;

/** Times are those of the database, the only clock that all processes share. */
export class PostgresKeptUploads implements KeptUploads {
  constructor(private readonly parts: PostgresKeptUploadsParts) {}

  /** Starts of one device wait for each other, so that of many at once no more are counted in than may be. */
  async add(upload: NewUpload, activeMax: number): Promise<boolean> {
    const { device } = upload;
    return answering(
      this.parts.db.transaction().execute(async (transaction) => {
        const turn = `uploads ${device.hubGeneration} ${device.deviceId}`;
        await sql`select pg_advisory_xact_lock(hashtextextended(${turn}, 0))`.execute(transaction);
        const inserted = await insertUnlessFull(upload, activeMax).execute(transaction);
        return inserted.numAffectedRows === 1n;
      }),
    );
  }

  async find(device: UploadingDevice, correlationId: string): Promise<DeviceUpload | undefined> {
    const { rows } = await answering(
      sql<UploadRow>`
        select blob_name, blob_uri, ended_time is not null as has_ended,
          coalesce(outcome = 'expired', grant_expiry_time <= now()) as is_expired
        from uploads
        where correlation_id = ${correlationId} and ${isOf(device)}`.execute(this.parts.db),
    );
    const [row] = rows;
    return row && toUpload(row);
  }

  async end(
    device: UploadingDevice,
    correlationId: string,
    { isSuccess, notification }: UploadEnd,
  ): Promise<EndedUpload> {
    const { db, notificationsMax } = this.parts;
    return answering(
      db.transaction().execute(async (transaction) => {
        const { rows } = await sql<{ blob_name: string; blob_uri: string }>`
          update uploads
          set ended_time = now(), outcome = ${isSuccess ? 'succeeded' : 'failed'}
          where correlation_id = ${correlationId} and ${isOf(device)}
            and (ended_time is null or outcome = 'expired')
          returning blob_name, blob_uri`.execute(transaction);
        const [upload] = rows;
        const droppedNotifications =
          upload === undefined || notification === undefined
            ? 0
            : await enqueueNotification(
                transaction,
                { ...notification, device, blobName: upload.blob_name, blobUri: upload.blob_uri },
                notificationsMax,
              );
        return { hasEnded: upload !== undefined, droppedNotifications };
      }),
    );
  }

  async expireSome(): Promise<number> {
    const { numAffectedRows } = await answering(
      sql`
        update uploads set ended_time = grant_expiry_time, outcome = 'expired'
        where correlation_id in (
          select correlation_id from uploads
          where ended_time is null and grant_expiry_time <= now()
          limit ${rowsOfStatement}
          for update skip locked
        )`.execute(this.parts.db),
    );
    return Number(numAffectedRows);
  }

  async removeSomeOld(): Promise<boolean> {
    const { numAffectedRows } = await answering(
      sql`
        delete from uploads where correlation_id in (
          select correlation_id from uploads
          where grant_expiry_time < now() - make_interval(secs => ${rememberedSeconds})
          limit ${rowsOfStatement}
          for update skip locked
        )`.execute(this.parts.db),
    );
    return numAffectedRows === BigInt(rowsOfStatement);
  }

  async listHubs(afterGeneration: string, limit: number): Promise<readonly HubId[]> {
    const { rows } = await answering(
      sql<HubId>`
        select hub, hub_generation as "hubGeneration" from (
          select hub, hub_generation from uploads where hub_generation > ${afterGeneration}
          union
          select hub, hub_generation from file_notifications where hub_generation > ${afterGeneration}
        ) as kept
        order by hub_generation
        limit ${limit}`.execute(this.parts.db),
    );
    return rows;
  }

  async removeSomeOf({ hubGeneration }: HubId): Promise<boolean> {
    const removed = await Promise.all([
      this.#removeSome('uploads', 'correlation_id', hubGeneration),
      this.#removeSome('file_notifications', 'sequence_number', hubGeneration),
    ]);
    return removed.includes(BigInt(rowsOfStatement));
  }

  async #removeSome(
    table: 'uploads' | 'file_notifications',
    key: string,
    hubGeneration: string,
  ): Promise<bigint | undefined> {
    const { numAffectedRows } = await answering(
      sql`
        delete from ${sql.table(table)} where ${sql.ref(key)} in (
          select ${sql.ref(key)} from ${sql.table(table)}
          where hub_generation = ${hubGeneration}
          limit ${rowsOfStatement}
          for update skip locked
        )`.execute(this.parts.db),
    );
    return numAffectedRows;
  }
}

function isOf({ hubGeneration, deviceId, generationId }: UploadingDevice) {
  return sql`(
    hub_generation = ${hubGeneration} and device_id = ${deviceId} and generation_id = ${generationId}
  )`;
}

/**
 * A statement behind the lock, which sees what others have committed before they gave it back. The oldest of the device
 * that are over go with it.
 */
function insertUnlessFull(
  { device, correlationId, blobName, blobUri, grantTtlSeconds }: NewUpload,
  activeMax: number,
) {
  const { hub, hubGeneration, deviceId, generationId } = device;
  return sql`
    with forgotten as (
      delete from uploads where correlation_id in (
        select correlation_id from uploads
        where ${isOf(device)} and ended_time is not null
        order by started_time desc
        offset ${rememberedUploadsMax}
      )
    )
    insert into uploads (correlation_id, hub, hub_generation, device_id, generation_id, blob_name,
      blob_uri, grant_expiry_time)
    select ${correlationId}, ${hub}, ${hubGeneration}, ${deviceId}, ${generationId}, ${blobName},
      ${blobUri}, now() + make_interval(secs => ${grantTtlSeconds})
    where ${activeMax} > (
      select count(*) from uploads
      where ${isOf(device)} and ended_time is null and grant_expiry_time > now()
    )`;
}

interface UploadRow {
  readonly blob_name: string;
  readonly blob_uri: string;
  readonly has_ended: boolean;
  readonly is_expired: boolean;
}

function toUpload(row: UploadRow): DeviceUpload {
  const ended = row.has_ended ? 'completed' : 'open';
  return {
    blobName: row.blob_name,
    blobUri: row.blob_uri,
    state: row.is_expired ? 'expired' : ended,
  };
}
