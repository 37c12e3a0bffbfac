import { expect, test } from '@jest/globals';
import { formatFeedbackRecord } from './feedback-json.js';

const record = {
  originalMessageId: 'm1',
  enqueuedTime: new Date('2026-01-31T10:11:12.123Z'),
  status: 'DeliveryCountExceeded',
  deviceId: 'd1',
  moduleId: undefined,
  deviceGenerationId: '636',
} as const;

test('section 8.2 of amqp.md: the description is the status, the time has seven digits', () => {
  expect(JSON.stringify(formatFeedbackRecord(record))).toBe(
    '{"originalMessageId":"m1","enqueuedTimeUtc":"2026-01-31T10:11:12.1230000Z",' +
      '"statusCode":"DeliveryCountExceeded","description":"DeliveryCountExceeded",' +
      '"deviceId":"d1","deviceGenerationId":"636"}',
  );
});

test('that of a module names it', () => {
  expect(formatFeedbackRecord({ ...record, moduleId: 'm' })).toMatchObject({
    deviceId: 'd1',
    moduleId: 'm',
  });
});
