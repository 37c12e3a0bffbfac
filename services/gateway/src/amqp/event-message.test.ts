import { expect, test } from '@jest/globals';
import { bytesOfBody, long, ReceivedMessage, timestamp } from '@linchpin/amqp';
import type { MessageProperty } from '@linchpin/wire';
import { encodeEvent, type LastEnqueued } from './event-message.js';

function read(properties: readonly MessageProperty[], last?: LastEnqueued): ReceivedMessage {
  const event = {
    ...{ sequenceNumber: 42, enqueuedMs: 1_700_000_000_123, body: Buffer.from('{"a":1}') },
    properties,
  };
  return new ReceivedMessage(encodeEvent(event, last));
}

const ofTheHub: readonly MessageProperty[] = [
  ['iothub-connection-device-id', 'd1'],
  ['iothub-connection-module-id', 'm1'],
  ['iothub-connection-auth-generation-id', '638'],
  ['iothub-connection-auth-method', '{"scope":"device"}'],
  ['iothub-message-source', 'Telemetry'],
  ['dt-dataschema', 'dtmi:a;1'],
  ['dt-subject', 'thermostat'],
];

test('amqp 57: x-opt-offset is a string, x-opt-sequence-number long, times are timestamps', () => {
  const { messageAnnotations, body } = read([]);

  expect(messageAnnotations).toEqual(
    new Map<string, unknown>([
      ['x-opt-sequence-number', long(42)],
      ['x-opt-offset', '42'],
      ['x-opt-enqueued-time', timestamp(1_700_000_000_123)],
      ['iothub-enqueuedtime', timestamp(1_700_000_000_123)],
    ]),
  );
  expect(bytesOfBody(body).toString()).toBe('{"a":1}');
});

test('what the hub says of a message are annotations', () => {
  const { messageAnnotations, applicationProperties, properties } = read(ofTheHub);

  expect([...(messageAnnotations ?? [])].slice(0, ofTheHub.length)).toEqual(ofTheHub);
  expect(applicationProperties).toBeUndefined();
  expect(properties).toBeUndefined();
});

test('system properties of AMQP are those of the message', () => {
  const { properties } = read([
    ['message-id', 'm'],
    ['correlation-id', 'c'],
    ['user-id', 'ü'],
    ['content-type', 'application/json'],
    ['content-encoding', 'utf-8'],
    ['absolute-expiry-time', '2026-01-02T03:04:05.006Z'],
  ]);

  expect(properties).toMatchObject({
    messageId: 'm',
    correlationId: 'c',
    userId: Buffer.from('ü'),
    contentType: 'application/json',
    contentEncoding: 'utf-8',
    absoluteExpiryTimeMs: BigInt(Date.UTC(2026, 0, 2, 3, 4, 5, 6)),
  });
});

test('all else is an application property, what a system property cannot be among it', () => {
  const given: readonly MessageProperty[] = [
    ['level', 'high'],
    ['empty', ''],
    ['nothing', null],
    ['iothub-creation-time-utc', '2026-01-02T03:04:05Z'],
    ['x-opt-offset', 'not ours'],
    ['absolute-expiry-time', 'never'],
    ['content-type', 'text/日本'],
    ['content-encoding', 'é'],
    ['message-id', null],
  ];
  const { applicationProperties, messageAnnotations } = read(given);

  expect([...(applicationProperties ?? [])]).toEqual(given);
  expect(messageAnnotations?.get('x-opt-offset')).toBe('42');
});

test('amqp 56: the end of the partition stands in delivery annotations, when it is asked for', () => {
  const last = { sequenceNumber: 99, timeMs: 5_000, retrievedMs: 6_000 };

  expect(read([]).deliveryAnnotations).toBeUndefined();
  expect(read([], last).deliveryAnnotations).toEqual(
    new Map<string, unknown>([
      ['last_enqueued_sequence_number', long(99)],
      ['last_enqueued_offset', '99'],
      ['last_enqueued_time_utc', timestamp(5_000)],
      ['runtime_info_retrieval_time_utc', timestamp(6_000)],
    ]),
  );
});
