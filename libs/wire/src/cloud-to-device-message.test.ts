import { describe, expect, test } from '@jest/globals';
import {
  checkCloudToDeviceMessage,
  countedBytes,
  formatDeviceBoundAddress,
  type GivenMessage,
} from './cloud-to-device-message.js';

const now = new Date('2026-02-01T10:00:00Z');
const hourMs = 3_600_000;
const later = (ms: number): Date => new Date(now.getTime() + ms);

function message(members: Partial<GivenMessage> = {}): GivenMessage {
  return {
    messageId: undefined,
    correlationId: undefined,
    userId: undefined,
    contentType: undefined,
    contentEncoding: undefined,
    to: '/devices/d1/messages/deviceBound',
    creationTime: undefined,
    expiryTime: undefined,
    ack: undefined,
    properties: [],
    body: Buffer.from('on'),
    ...members,
  };
}

const check = (members: Partial<GivenMessage>) => checkCloudToDeviceMessage(message(members), now);

describe('may be sent', () => {
  test.each<[string, Partial<GivenMessage>]>([
    ['a message without a word', { body: Buffer.alloc(0), to: undefined }],
    ['ids of 128 characters', { messageId: "aZ09-:.+%_#*?!(),=@;$'".padEnd(128, 'x') }],
    [
      'properties of any text',
      {
        properties: [
          ['Größe', '😀'],
          ['null', null],
          ['empty', ''],
        ],
      },
    ],
    ['64 KiB', { body: Buffer.alloc(65_536) }],
    ['16 KiB of properties', { correlationId: 'x'.repeat(16_384) }],
    ['a name of 256 characters', { properties: [['x'.repeat(256), 'v']] }],
    ['what expires in a moment', { expiryTime: later(1) }],
    ['security-limits 31: what expires in 48 hours', { expiryTime: later(48 * hourMs) }],
  ])('%s', (_what, members) => {
    const given = message(members);
    expect(checkCloudToDeviceMessage(given, now)).toEqual(given);
  });

  test.each(['none', 'positive', 'negative', 'full'])('ack %s, in any letter case', (ack) => {
    expect(check({ ack }).ack).toBe(ack);
    expect(check({ ack: ack.toUpperCase() }).ack).toBe(ack);
  });
});

describe('is refused', () => {
  test.each<[string, string, Partial<GivenMessage>]>([
    ['ArgumentInvalid', 'an ack of another word', { ack: 'yes' }],
    ['ArgumentInvalid', 'an ack that is empty', { ack: '' }],
    ['ArgumentInvalid', 'an empty message id', { messageId: '' }],
    ['ArgumentInvalid', 'a message id of 129 characters', { messageId: 'x'.repeat(129) }],
    ['ArgumentInvalid', 'a message id with a space', { messageId: 'a b' }],
    ['ArgumentInvalid', 'a message id beyond ASCII', { messageId: 'é' }],
    ['ArgumentInvalid', 'half a character', { correlationId: '\ud83d' }],
    ['ArgumentInvalid', 'half a character in a value', { properties: [['a', '\udc00']] }],
    ['ArgumentInvalid', 'half a character in a name', { properties: [['\udc00', 'a']] }],
    ['ArgumentInvalid', 'a property without a name', { properties: [['', 'a']] }],
    ['ArgumentInvalid', 'a name of 257 characters', { properties: [['x'.repeat(257), 'a']] }],
    ['ArgumentInvalid', 'a name that is the hub’s', { properties: [['$.mid', 'a']] }],
    [
      'ArgumentInvalid',
      '1,001 properties',
      { properties: Array.from({ length: 1_001 }, (_, index) => [String(index), ''] as const) },
    ],
    ['InvalidMessageExpiryTime', 'what expires now', { expiryTime: now }],
    ['InvalidMessageExpiryTime', 'what has expired', { expiryTime: later(-hourMs) }],
    [
      'InvalidMessageExpiryTime',
      'security-limits 31: what expires after 48 hours',
      { expiryTime: later(48 * hourMs + 1) },
    ],
    ['InvalidMessageExpiryTime', 'a time that is none', { expiryTime: new Date(NaN) }],
    ['MessageTooLarge', 'a byte more than 64 KiB', { body: Buffer.alloc(65_537) }],
    [
      'MessageTooLarge',
      'properties that make it a byte more',
      { body: Buffer.alloc(65_530), messageId: 'id', properties: [['é', 'abc']] },
    ],
    ['MessageTooLarge', 'a byte more of properties', { userId: 'é'.repeat(8_192) + 'x' }],
  ])('%s: %s', (code, _what, members) => {
    expect(() => check(members)).toThrow(expect.objectContaining({ code }));
  });
});

test('device-mqtt 4.5: values of system properties count, names and values of the others', () => {
  const counted = message({
    messageId: '1',
    correlationId: '22',
    userId: '333',
    contentType: '4444',
    contentEncoding: '55555',
    ack: 'full',
    expiryTime: later(hourMs),
    properties: [
      ['é', '7'],
      ['name', null],
    ],
    body: Buffer.alloc(100),
  });
  expect(countedBytes(counted)).toBe(100 + 15 + 3 + 4);
});

test('the address holds the ids percent-encoded', () => {
  expect(formatDeviceBoundAddress({ deviceId: 'd%1#' })).toBe(
    '/devices/d%251%23/messages/deviceBound',
  );
  expect(formatDeviceBoundAddress({ deviceId: 'd', moduleId: '$edgeHub' })).toBe(
    '/devices/d/modules/%24edgeHub/messages/deviceBound',
  );
});
