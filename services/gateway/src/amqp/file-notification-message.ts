/** A file notification, as AMQP carries it (amqp.md section 8.3). */
import { encodeMessage } from '@linchpin/amqp';
import { formatFileNotification } from '@linchpin/wire/json';
import type { LockedFileNotification } from '../domain/file-notifications.js';
import { lockAnnotations } from './lock-annotations.js';

export function encodeFileNotification(notification: LockedFileNotification, hub: string): Buffer {
  return encodeMessage({
    messageAnnotations: lockAnnotations(notification),
    properties: {
      // The same when it comes again.
      messageId: `filenotification-${notification.sequenceNumber}`,
      userId: Buffer.from(hub),
      to: '/messages/serviceBound/filenotifications',
      contentType: 'application/vnd.microsoft.iothub.filenotification.json',
    },
    body: {
      type: 'data',
      sections: [Buffer.from(JSON.stringify(formatFileNotification(notification)))],
    },
  });
}
