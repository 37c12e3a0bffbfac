import type { LockedFileNotification } from './file-notifications.js';
import { fakeServiceboundMessage } from './servicebound-queue.fake.js';

export function fakeNotification(number: number): LockedFileNotification {
  return {
    ...fakeServiceboundMessage(number),
    deviceId: 'd1',
    blobUri: 'https://a.blob.example/files/d1/photo.jpg',
    blobName: 'd1/photo.jpg',
    lastUpdatedTime: new Date('2026-01-31T10:11:25.000Z'),
    blobSizeBytes: 1_234,
  };
}
