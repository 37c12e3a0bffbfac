import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { LockedMessage } from '../domain/device-messages.js';
import { formatDeviceboundHeaders } from './devicebound-message.js';

const plain: LockedMessage = {
  lockToken: Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex'),
  sequenceNumber: 18_446_744_073_709_551_615n,
  enqueuedTime: new Date('2026-01-31T10:11:12.345Z'),
  deliveryCount: 0,
  expiresAt: undefined,
  properties: { properties: [] },
  body: Buffer.of(),
};

const headersOf = (message: Partial<LockedMessage>): readonly string[] =>
  formatDeviceboundHeaders({ ...plain, ...message }, { deviceId: 'd 1' });

test('what every message has, also where it is empty', () => {
  expect(headersOf({})).toEqual([
    ...['ETag', '"03020100-0504-0706-0809-0a0b0c0d0e0f"'],
    ...['iothub-messageid', '', 'iothub-correlationid', '', 'iothub-userid', ''],
    ...['iothub-to', '/devices/d%201/messages/deviceBound', 'iothub-ack', 'none'],
    ...['iothub-expiry', '', 'iothub-enqueuedtime', '2026-01-31T10:11:12.3450000Z'],
    ...['iothub-deliverycount', '0', 'iothub-sequencenumber', '18446744073709551615'],
    ...['Content-Type', 'application/octet-stream'],
  ]);
});

test('what its sender said of it', () => {
  const headers = headersOf({
    deliveryCount: 300,
    properties: {
      messageId: 'm1',
      correlationId: 'c1',
      userId: 'zoë',
      to: '/devices/d1/messages/devicebound',
      ack: 'full',
      expiryTime: new Date('2026-01-31T10:11:13Z'),
      contentType: 'text/plain',
      contentEncoding: 'utf-8',
      properties: [
        ['Camel', 'x'],
        ['camel', 'y'],
        ['none', null],
        ['größe', 'left out'],
        ['a b', 'left out'],
        ['a\r\nb', 'left out'],
        ['lines', 'a\r\nX-Injected: b'],
      ],
    },
  });

  expect(headers).toEqual([
    ...['ETag', '"03020100-0504-0706-0809-0a0b0c0d0e0f"'],
    ...['iothub-messageid', 'm1', 'iothub-correlationid', 'c1', 'iothub-userid', 'zoÃ«'],
    ...['iothub-to', '/devices/d1/messages/devicebound', 'iothub-ack', 'full'],
    ...['iothub-expiry', '2026-01-31T10:11:13.0000000Z'],
    ...['iothub-enqueuedtime', '2026-01-31T10:11:12.3450000Z'],
    ...['iothub-deliverycount', '255', 'iothub-sequencenumber', '18446744073709551615'],
    ...['iothub-app-Camel', 'x', 'iothub-app-camel', 'y', 'iothub-app-none', ''],
    ...['iothub-app-lines', 'aX-Injected: b'],
    ...['ContentType', 'text/plain', 'ContentEncoding', 'utf-8'],
    ...['Content-Type', 'application/octet-stream'],
  ]);
});

test('whatever a sender says, names are tokens and values end no header', () => {
  const text = fc.string({ unit: 'binary' });
  fc.assert(
    fc.property(fc.array(fc.tuple(text, text)), text, (properties, userId) => {
      const headers = headersOf({ properties: { userId, contentType: userId, properties } });
      const names = headers.filter((_, index) => index % 2 === 0);
      const values = headers.filter((_, index) => index % 2 === 1);

      expect(names.join()).toMatch(/^[\w!#$%&'*+.^`|~,-]+$/);
      expect(values.join()).toMatch(/^[\t\x20-\x7e\x80-\xff]*$/);
    }),
  );
});
