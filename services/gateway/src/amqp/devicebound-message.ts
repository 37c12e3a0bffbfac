/** A message to a device, as AMQP carries it (amqp.md section 6.2). */
import { encodeMessage, timestamp, ubyte, ulong, type AmqpValue } from '@linchpin/amqp';
import { formatDeviceBoundAddress, formatLockToken, type DeviceIdentityId } from '@linchpin/wire';
import type { LockedMessage } from '../domain/device-messages.js';

export function encodeDeviceboundMessage(message: LockedMessage, to: DeviceIdentityId): Buffer {
  const { properties, body, lockToken, sequenceNumber, enqueuedTime, deliveryCount } = message;
  const { expiryTime, creationTime, userId, ack } = properties;
  return encodeMessage({
    messageAnnotations: new Map<string, AmqpValue>([
      ['iothub-enqueuedtime', timestamp(enqueuedTime.getTime())],
      ['iothub-deliverycount', ubyte(Math.min(deliveryCount, 255))],
      ['x-opt-sequence-number', ulong(sequenceNumber)],
      ['x-opt-lock-token', formatLockToken(lockToken)],
    ]),
    properties: {
      messageId: properties.messageId ?? null,
      correlationId: properties.correlationId ?? null,
      userId: userId === undefined ? null : Buffer.from(userId),
      contentType: properties.contentType ?? null,
      contentEncoding: properties.contentEncoding ?? null,
      absoluteExpiryTimeMs: expiryTime === undefined ? null : BigInt(expiryTime.getTime()),
      creationTimeMs: creationTime === undefined ? null : BigInt(creationTime.getTime()),
      to: properties.to ?? formatDeviceBoundAddress(to),
    },
    applicationProperties: new Map<string, AmqpValue>([
      ...(ack === undefined ? [] : [['iothub-ack', ack] as const]),
      ...properties.properties,
    ]),
    body: { type: 'data', sections: [body] },
  });
}
