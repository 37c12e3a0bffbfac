import { expect, test } from '@jest/globals';
import { ReceivedMessage, timestamp, ubyte, ulong } from '@linchpin/amqp';
import type { LockedMessage } from '../domain/device-messages.js';
import { encodeDeviceboundMessage } from './devicebound-message.js';

const message: LockedMessage = {
  lockToken: Buffer.from('00112233445566778899aabbccddeeff', 'hex'),
  sequenceNumber: 7n,
  enqueuedTime: new Date(1_700_000_000_123),
  deliveryCount: 2,
  expiresAt: undefined,
  properties: { messageId: 'm1', ack: 'full', properties: [['room', 'kitchen']] },
  body: Buffer.from('on'),
};

test('amqp 38: the annotations have the types that SDKs read', () => {
  const received = new ReceivedMessage(encodeDeviceboundMessage(message, { deviceId: 'd1' }));
  expect([...(received.messageAnnotations ?? [])]).toEqual([
    ['iothub-enqueuedtime', timestamp(1_700_000_000_123)],
    ['iothub-deliverycount', ubyte(2)],
    ['x-opt-sequence-number', ulong(7n)],
    ['x-opt-lock-token', '33221100-5544-7766-8899-aabbccddeeff'],
  ]);
  expect([...(received.applicationProperties ?? [])]).toEqual([
    ['iothub-ack', 'full'],
    ['room', 'kitchen'],
  ]);
  expect(received.properties).toMatchObject({
    messageId: 'm1',
    to: '/devices/d1/messages/deviceBound',
  });
});

test('a delivery count beyond its type is the largest', () => {
  const often = { ...message, deliveryCount: 300 };
  const received = new ReceivedMessage(encodeDeviceboundMessage(often, { deviceId: 'd1' }));
  expect(received.messageAnnotations?.get('iothub-deliverycount')).toEqual(ubyte(255));
});
