import { describe, expect, test } from '@jest/globals';
import { readGivenMessage } from './given-message.js';

const absent = {
  messageId: undefined,
  correlationId: undefined,
  userId: undefined,
  contentType: undefined,
  contentEncoding: undefined,
  creationTime: undefined,
  expiryTime: undefined,
  ack: undefined,
  properties: [],
};

/** As Node gives the bytes of a header. */
const onWire = (text: string): string => Buffer.from(text).toString('latin1');

describe('properties of a message', () => {
  test('that has none', () => {
    const headers = ['Host', 'hub', 'Authorization', 'x', 'iothub-to', '/elsewhere'];
    expect(readGivenMessage(headers)).toEqual(absent);
  });

  test('are read in any letter case, and names of the application keep theirs', () => {
    const headers = [
      ...['IoTHub-MessageId', 'm1', 'IOTHUB-CORRELATIONID', 'c1', 'iothub-userid', onWire('zoë')],
      ...['iothub-ack', 'full', 'iothub-expiry', '2026-02-01T10:00:00.5Z'],
      ...['iothub-creationtimeutc', '2026-01-31T10:00:00.1234567Z'],
      ...['Content-Type', 'text/plain', 'Content-Encoding', 'utf-8'],
      ...[
        'IOTHUB-APP-Größe'.replace('ö', 'o').replace('ß', 's'),
        onWire('groß'),
        'iothub-app-e',
        '',
      ],
    ];
    expect(readGivenMessage(headers)).toEqual({
      messageId: 'm1',
      correlationId: 'c1',
      userId: 'zoë',
      contentType: 'text/plain',
      contentEncoding: 'utf-8',
      creationTime: new Date('2026-01-31T10:00:00.123Z'),
      expiryTime: new Date('2026-02-01T10:00:00.5Z'),
      ack: 'full',
      properties: [
        ['Grose', 'groß'],
        ['e', ''],
      ],
    });
  });

  test('of its content by name go before those of the request', () => {
    const headers = [
      ...['content-type', 'application/octet-stream', 'iothub-contenttype', 'application/json'],
      ...['iothub-contentencoding', 'utf-16'],
    ];
    const { contentType, contentEncoding } = readGivenMessage(headers);
    expect([contentType, contentEncoding]).toEqual(['application/json', 'utf-16']);
  });

  test('that are empty are none, and of two the last counts', () => {
    const headers = [
      ...['iothub-messageid', '', 'iothub-expiry', '', 'iothub-ack', ''],
      ...['iothub-app-a', '1', 'iothub-app-A', '2', 'iothub-app-a', '3'],
    ];
    expect(readGivenMessage(headers)).toEqual({
      ...absent,
      properties: [
        ['a', '3'],
        ['A', '2'],
      ],
    });
  });
});

test.each([
  ['iothub-messageid', '\xff'],
  ['iothub-app-a', 'gro\xdf'],
  ['iothub-expiry', '1769854272'],
  ['iothub-expiry', 'tomorrow'],
  ['iothub-creationtimeutc', '2026-02-30T10:00:00Z'],
])('%s: %j is refused by name', (name, value) => {
  expect(() => readGivenMessage([name, value])).toThrow(
    expect.objectContaining({
      code: 'ArgumentInvalid',
      message: expect.stringContaining(`${name}: must be`),
    }),
  );
});
