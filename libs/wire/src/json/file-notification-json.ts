/** File notifications as back ends read them, over AMQP and HTTPS alike (amqp.md section 8.3). */
import { formatIsoTime, formatOffsetTime } from '../dotnet-time.js';
import type { FileNotification } from '../file-notification.js';

/** The whole body: an object, not an array as feedback has it. */
export function formatFileNotification(notification: FileNotification): object {
  const { deviceId, blobUri, blobName, lastUpdatedTime, blobSizeBytes } = notification;
  return {
    deviceId,
    blobUri,
    blobName,
    // The Java SDK reads whole seconds and an offset here, and refuses all else.
    lastUpdatedTime: formatOffsetTime(lastUpdatedTime),
    blobSizeInBytes: blobSizeBytes,
    enqueuedTimeUtc: formatIsoTime(notification.enqueuedTime),
  };
}
