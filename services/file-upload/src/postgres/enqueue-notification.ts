import { sql, type Transaction } from 'kysely';
import type { NewFileNotification, UploadingDevice } from '../domain/device-upload.js';
import type { FileUploadTables } from './schema.js';

export interface EnqueuedNotification extends NewFileNotification {
  readonly device: UploadingDevice;
  readonly blobName: string;
  readonly blobUri: string;
}

/**
 * In the transaction that ends the upload. Where nobody receives them the oldest of the hub make room: no device is
 * kept from its upload by it.
 *
 * @returns how many did
 */
export async function enqueueNotification(
  transaction: Transaction<FileUploadTables>,
  { device, settings, ...notification }: EnqueuedNotification,
  perHubMax: number,
): Promise<number> {
  const { ttlSeconds, lockSeconds, maxDeliveryCount } = settings;
  await transaction
    .insertInto('file_notifications')
    .values({
      hub: device.hub,
      hub_generation: device.hubGeneration,
      device_id: device.deviceId,
      blob_uri: notification.blobUri,
      blob_name: notification.blobName,
      blob_size_bytes: notification.sizeBytes,
      last_updated_time: notification.lastUpdatedTime,
      expiry_time: sql<Date>`now() + make_interval(secs => ${ttlSeconds})`,
      lock_seconds: lockSeconds,
      max_delivery_count: maxDeliveryCount,
    })
    .execute();
  const { numAffectedRows } = await sql`
    delete from file_notifications where sequence_number in (
      select sequence_number from file_notifications
      where hub_generation = ${device.hubGeneration} and sequence_number <= (
        select sequence_number from file_notifications
        where hub_generation = ${device.hubGeneration}
        order by sequence_number desc
        offset ${perHubMax}
        limit 1
      )
      for update skip locked
    )`.execute(transaction);
  return Number(numAffectedRows);
}
