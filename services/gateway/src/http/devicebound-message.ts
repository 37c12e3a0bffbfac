/** A message to a device, as the answer to its call carries it (device-https.md section 4). */
import {
  formatDeviceBoundAddress,
  formatEtag,
  formatHeaderValue,
  formatIsoTime,
  formatLockToken,
  isHeaderName,
  type DeviceIdentityId,
} from '@linchpin/wire';
import type { LockedMessage } from '../domain/device-messages.js';

/** C#'s SDK takes no more. */
const deliveryCountMax = 255;

/**
 * Names and values by turns, in the spelling that SDKs look for: C's and C#'s compare letter by letter, and one drops
 * messages whose tag has no quotes. A property whose name no header may have is left out.
 */
export function formatDeviceboundHeaders(
  { lockToken, sequenceNumber, enqueuedTime, deliveryCount, properties }: LockedMessage,
  receiver: DeviceIdentityId,
): readonly string[] {
  const { messageId, correlationId, userId, to, ack, expiryTime } = properties;
  const { contentType, contentEncoding } = properties;
  const pairs: readonly (readonly [name: string, value: string])[] = [
    ['ETag', formatEtag(formatLockToken(lockToken))],
    ['iothub-messageid', messageId ?? ''],
    ['iothub-correlationid', correlationId ?? ''],
    ['iothub-userid', userId ?? ''],
    ['iothub-to', to ?? formatDeviceBoundAddress(receiver)],
    ['iothub-ack', ack ?? 'none'],
    ['iothub-expiry', expiryTime === undefined ? '' : formatIsoTime(expiryTime)],
    ['iothub-enqueuedtime', formatIsoTime(enqueuedTime)],
    ['iothub-deliverycount', String(Math.min(deliveryCount, deliveryCountMax))],
    ['iothub-sequencenumber', String(sequenceNumber)],
    ...properties.properties
      .filter(([name]) => isHeaderName(name))
      .map(([name, value]) => [`iothub-app-${name}`, value ?? ''] as const),
    ...(contentType === undefined ? [] : [['ContentType', contentType] as const]),
    ...(contentEncoding === undefined ? [] : [['ContentEncoding', contentEncoding] as const]),
    ['Content-Type', 'application/octet-stream'],
  ];
  return pairs.flatMap(([name, value]) => [name, formatHeaderValue(value)]);
}
