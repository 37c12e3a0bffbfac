import { expect, test } from '@jest/globals';
import { readTelemetryHeaders } from './telemetry-headers.js';

test('system properties are stored under their documented names, whatever the order', () => {
  const headers = [
    ...['iothub-app-a', '1', 'dt-subject', 'c', 'iothub-interface-id', 'i'],
    ...['iothub-messageschema', 's', 'iothub-expiry', '2026-01-31T10:11:12Z'],
    ...['iothub-contentencoding', 'utf-8', 'iothub-contenttype', 'text/plain'],
    ...['iothub-userid', 'u', 'iothub-correlationid', 'c1', 'iothub-messageid', 'm1'],
    ...['iothub-creation-time-utc', '2026-01-31T10:11:13Z'],
  ];

  expect(readTelemetryHeaders(headers)).toEqual({
    properties: [
      ['message-id', 'm1'],
      ['correlation-id', 'c1'],
      ['user-id', 'u'],
      ['content-type', 'text/plain'],
      ['content-encoding', 'utf-8'],
      ['absolute-expiry-time', '2026-01-31T10:11:12Z'],
      ['iothub-message-schema', 's'],
      ['iothub-interface-id', 'i'],
      ['dt-subject', 'c'],
      ['iothub-creation-time-utc', '2026-01-31T10:11:13Z'],
      ['a', '1'],
    ],
    countedBytes: 2 + 2 + 1 + 10 + 5 + 20 + 1 + 1 + 1 + 20 + 2,
  });
});

test.each([
  'iothub-creation-time-utc',
  'iothub-creationtimeutc',
  'iothub-app-iothub-creation-time-utc',
])('the time of creation may be called %s', (name) => {
  expect(readTelemetryHeaders([name, 't'])).toEqual({
    properties: [['iothub-creation-time-utc', 't']],
    countedBytes: 1,
  });
});

test.each([
  'iothub-app-iothub-connection-device-id',
  'iothub-app-iothub-connection-module-id',
  'iothub-app-iothub-connection-auth-method',
  'iothub-app-iothub-connection-auth-generation-id',
  'iothub-app-iothub-enqueuedtime',
  'iothub-app-message-id',
  'iothub-app-dt-dataschema',
  'iothub-connection-device-id',
  'iothub-enqueuedtime',
  'iothub-ack',
  'iothub-operation',
  'iothub-to',
  'x-ms-anything',
])('%s says nothing', (name) => {
  expect(readTelemetryHeaders([name, 'spoof'])).toEqual({ properties: [], countedBytes: 0 });
});

test('bytes count as they are in UTF-8', () => {
  const latin1 = Buffer.from('€').toString('latin1');

  expect(readTelemetryHeaders(['iothub-app-a', latin1, 'iothub-userid', latin1])).toEqual({
    properties: [
      ['user-id', '€'],
      ['a', '€'],
    ],
    countedBytes: 7,
  });
});

test('the id of a message is held to what ids may have', () => {
  expect(() => readTelemetryHeaders(['iothub-messageid', 'a/b'])).toThrow(
    expect.objectContaining({ code: 'ArgumentInvalid' }),
  );
});
