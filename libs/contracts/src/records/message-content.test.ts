import { expect, test } from '@jest/globals';
import type { CloudToDeviceMessage } from '@linchpin/wire';
import { decodeMessageContent, encodeMessageContent } from './message-content.js';

const bare: CloudToDeviceMessage = {
  messageId: undefined,
  correlationId: undefined,
  userId: undefined,
  contentType: undefined,
  contentEncoding: undefined,
  to: undefined,
  creationTime: undefined,
  expiryTime: undefined,
  ack: undefined,
  properties: [],
  body: Buffer.alloc(0),
};

const whole: CloudToDeviceMessage = {
  messageId: 'm1',
  correlationId: 'c1',
  userId: 'zoë',
  contentType: 'application/json',
  contentEncoding: 'utf-8',
  to: '/devices/d1/messages/deviceBound',
  creationTime: new Date('2026-02-01T10:00:00.001Z'),
  expiryTime: new Date('2026-02-01T11:00:00Z'),
  ack: 'full',
  properties: [
    ['Size', 'große'],
    ['empty', ''],
    ['absent', null],
  ],
  body: Buffer.from([0, 255, 128, 10]),
};

test.each([
  ['with all it can have', whole],
  ['with nothing', bare],
])('a message %s comes back as it was', (_what, message) => {
  expect(decodeMessageContent(encodeMessageContent(message))).toEqual(message);
});

test('its body may be part of a larger buffer', () => {
  const body = new Uint8Array([1, 2, 3, 4]).subarray(1, 3);
  expect(decodeMessageContent(encodeMessageContent({ ...bare, body })).body).toEqual(
    Buffer.from([2, 3]),
  );
});

test('an empty text is not an absent one', () => {
  const { correlationId, userId } = decodeMessageContent(
    encodeMessageContent({ ...bare, correlationId: '' }),
  );
  expect([correlationId, userId]).toEqual(['', undefined]);
});

test('the bytes of a message', () => {
  const message = { ...bare, messageId: 'm', ack: 'none', body: Buffer.from('on') } as const;
  expect(encodeMessageContent(message).toString('hex')).toBe('0a016d4a046e6f6e655a026f6e');
});

test('what is cut off is refused', () => {
  expect(() => decodeMessageContent(encodeMessageContent(whole).subarray(0, -1))).toThrow();
});
