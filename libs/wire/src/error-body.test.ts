import { describe, expect, test } from '@jest/globals';

import { errorReport, formatTrackingId, legacyErrorBody, nestedErrorBody } from './error-body.js';
import { HubError } from './hub-error.js';

const occurrence = {
  id: '0123456789abcdef0123456789abcdef',
  time: new Date('2026-07-16T00:12:41.123Z'),
};
const trackingId = '0123456789abcdef0123456789abcdef-G:0-TimeStamp:07/16/2026 00:12:41';

test('a tracking id carries the time month first, in UTC', () => {
  expect(formatTrackingId(occurrence)).toBe(trackingId);
});

describe('the legacy shape', () => {
  test('service-rest 2: Message begins with the name of the code', () => {
    const error = new HubError('DeviceAlreadyExists', "A device with ID 'd1' exists.");
    expect(legacyErrorBody(error, occurrence)).toEqual({
      Message: "ErrorCode:DeviceAlreadyExists;A device with ID 'd1' exists.",
      ExceptionMessage: `Tracking ID:${trackingId}`,
    });
  });
});

describe('the nested shape', () => {
  test('Message is the text of a JSON object with number, tracking id, message, info and time', () => {
    const details = { timeout: '00:00:10' };
    const error = new HubError('DeviceNotOnline', 'Timed out waiting.', { details });
    expect(nestedErrorBody(error, occurrence)).toEqual({
      Message:
        `{"errorCode":404103,"trackingId":"${trackingId}","message":"Timed out waiting.",` +
        '"info":{"timeout":"00:00:10"},"timestampUtc":"2026-07-16T00:12:41.1230000Z"}',
      ExceptionMessage: '',
    });
  });

  test('info is null, not absent, when there is none', () => {
    const { Message } = nestedErrorBody(new HubError('ArgumentInvalid', 'No.'), occurrence);
    expect(JSON.parse(Message)).toHaveProperty('info', null);
  });
});

test('a message is one part for SDKs that part it at semicolons', () => {
  const error = new HubError('ArgumentInvalid', 'tags.a: too long; 512 bytes; nothing is changed.');
  const { Message: nested } = nestedErrorBody(error, occurrence);

  expect(nested).not.toContain(';');
  expect(nested).toContain('tags.a: too long, 512 bytes, nothing is changed.');
  expect(legacyErrorBody(error, occurrence).Message.split(';')).toEqual([
    'ErrorCode:ArgumentInvalid',
    'tags.a: too long, 512 bytes, nothing is changed.',
  ]);
});

test('device-mqtt 53: the report of a failed twin request names errorCode, and nothing of the cause', () => {
  const error = new HubError('ArgumentInvalid', 'No.', { cause: new Error('inner secret') });
  const report = errorReport(error, occurrence);
  expect(report.errorCode).toBe(400004);
  expect(JSON.stringify(report)).not.toContain('secret');
});
