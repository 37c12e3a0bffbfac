/** A message to a device, as AMQP carries it (amqp.md section 6.2). */
import { encodeMessage, type AmqpValue } from '@linchpin/amqp';
import { formatDeviceBoundAddress, type DeviceIdentityId } from '@linchpin/wire';
import type { LockedMessage } from '../domain/device-messages.js';
import { lockAnnotations } from './lock-annotations.js';

export function encodeDeviceboundMessage(message: LockedMessage, to: DeviceIdentityId): Buffer {
  const { properties, body } = message;
  const { expiryTime, creationTime, userId, ack } = properties;
  return encodeMessage({
    messageAnnotations: lockAnnotations(message),
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
