import { answering } from '@linchpin/platform/postgres';
import type { HubId } from '@linchpin/wire';
import { sql, type Kysely, type RawBuilder } from 'kysely';
import type {
  AbandonResult,
  FileNotification,
  FileNotifications,
} from '../domain/file-notifications.js';
import type { FileUploadTables } from './schema.js';

interface PostgresFileNotificationsParts {
  readonly db: Kysely<FileUploadTables>;
  /** 16 bytes that nobody can guess. */
  readonly newLockToken: () => Buffer;
}

/** Rows of one statement. */
const expiredAtOnce = 1_000;

export class PostgresFileNotifications implements FileNotifications {
  constructor(private readonly parts: PostgresFileNotificationsParts) {}

  async receive({ hubGeneration }: HubId): Promise<FileNotification | undefined> {
    const { db, newLockToken } = this.parts;
    const { rows } = await answering(lockOldest(hubGeneration, newLockToken()).execute(db));
    const [row] = rows;
    return row && toNotification(row);
  }

  async nextDueMs({ hubGeneration }: HubId): Promise<number | undefined> {
    const { rows } = await answering(
      sql<{ readonly due_ms: number | null }>`
        select (extract(epoch from min(locked_until) - now()) * 1000)::float8 as due_ms
        from file_notifications
        where hub_generation = ${hubGeneration} and expiry_time > now()`.execute(this.parts.db),
    );
    const dueMs = rows[0]?.due_ms ?? undefined;
    return dueMs === undefined ? undefined : Math.max(0, Math.ceil(dueMs));
  }

  async complete({ hubGeneration }: HubId, lockToken: Buffer): Promise<boolean> {
    const { numAffectedRows } = await answering(
      sql`
        delete from file_notifications
        where ${isHeld(hubGeneration, lockToken)}`.execute(this.parts.db),
    );
    return numAffectedRows === 1n;
  }

  async abandon({ hubGeneration }: HubId, lockToken: Buffer): Promise<AbandonResult> {
    const { rows } = await answering(
      sql<{ readonly is_last: boolean }>`
        with held as (
          select sequence_number, delivery_count + 1 >= max_delivery_count as is_last
          from file_notifications
          where ${isHeld(hubGeneration, lockToken)}
          for update
        ), dropped as (
          delete from file_notifications using held
          where file_notifications.sequence_number = held.sequence_number and is_last
        ), returned as (
          update file_notifications
          set lock_token = null, locked_until = null, delivery_count = delivery_count + 1
          from held
          where file_notifications.sequence_number = held.sequence_number and not is_last
        )
        select is_last from held`.execute(this.parts.db),
    );
    const [held] = rows;
    if (held === undefined) {
      return 'lock-lost';
    }
    return held.is_last ? 'dropped' : 'abandoned';
  }

  /** One that somebody has he may still settle, or give back. */
  async expireSome(): Promise<number> {
    const { numAffectedRows } = await answering(
      sql`
        delete from file_notifications where sequence_number in (
          select sequence_number from file_notifications
          where expiry_time <= now() and ${isUnlocked}
          limit ${expiredAtOnce}
          for update skip locked
        )`.execute(this.parts.db),
    );
    return Number(numAffectedRows);
  }
}

const isUnlocked = sql`(locked_until is null or locked_until <= now())`;

function isHeld(hubGeneration: string, lockToken: Buffer) {
  return sql`(
    hub_generation = ${hubGeneration} and lock_token = ${lockToken} and locked_until > now()
  )`;
}

function lockOldest(hubGeneration: string, lockToken: Buffer): RawBuilder<NotificationRow> {
  return sql<NotificationRow>`
    with oldest as (
      select sequence_number
      from file_notifications
      where hub_generation = ${hubGeneration} and expiry_time > now() and ${isUnlocked}
      order by sequence_number
      limit 1
      for update skip locked
    )
    update file_notifications
    set lock_token = ${lockToken}, locked_until = now() + make_interval(secs => lock_seconds)
    from oldest
    where file_notifications.sequence_number = oldest.sequence_number
    returning file_notifications.sequence_number, lock_token, enqueued_time, delivery_count,
      device_id, blob_uri, blob_name, blob_size_bytes, last_updated_time`;
}

interface NotificationRow {
  readonly sequence_number: string;
  readonly lock_token: Buffer;
  readonly enqueued_time: Date;
  readonly delivery_count: number;
  readonly device_id: string;
  readonly blob_uri: string;
  readonly blob_name: string;
  readonly blob_size_bytes: string;
  readonly last_updated_time: Date;
}

function toNotification(row: NotificationRow): FileNotification {
  return {
    lockToken: row.lock_token,
    sequenceNumber: BigInt(row.sequence_number),
    enqueuedTime: row.enqueued_time,
    deliveryCount: row.delivery_count,
    deviceId: row.device_id,
    blobUri: row.blob_uri,
    blobName: row.blob_name,
    sizeBytes: Number(row.blob_size_bytes),
    lastUpdatedTime: row.last_updated_time,
  };
}
