import { expect, test } from '@jest/globals';
import { formatFileNotification } from './file-notification-json.js';

const notification = {
  deviceId: 'd1',
  blobUri: 'https://a.blob.example/files/d1/p%20q.jpg',
  blobName: 'd1/p q.jpg',
  lastUpdatedTime: new Date('2026-01-31T10:11:12.999Z'),
  blobSizeBytes: 1_234,
  enqueuedTime: new Date('2026-01-31T10:11:14.123Z'),
};

test('section 8.3 of amqp.md: the names, forms and types that SDKs parse', () => {
  expect(JSON.stringify(formatFileNotification(notification))).toBe(
    '{"deviceId":"d1","blobUri":"https://a.blob.example/files/d1/p%20q.jpg","blobName":"d1/p q.jpg",' +
      '"lastUpdatedTime":"2026-01-31T10:11:12+00:00","blobSizeInBytes":1234,' +
      '"enqueuedTimeUtc":"2026-01-31T10:11:14.1230000Z"}',
  );
});

test.each([0, 190 * 2 ** 40])('a size of %i is a number, to its last digit', (blobSizeBytes) => {
  const text = JSON.stringify(formatFileNotification({ ...notification, blobSizeBytes }));
  expect(text).toContain(`"blobSizeInBytes":${BigInt(blobSizeBytes)},`);
});
