/** The topic of a cloud-to-device message, as its device gets it (device-mqtt.md section 7.1). */
import { formatIsoTime } from './dotnet-time.js';
import { identityTopicPrefix } from './mqtt-topics.js';
import { percentEncode } from './percent-encoding.js';
import type { MessageProperty } from './system-properties.js';

/** What its sender said of a message. */
export interface DeviceboundProperties {
  readonly messageId?: string | undefined;
  readonly expiryTime?: Date | undefined;
  readonly correlationId?: string | undefined;
  readonly userId?: string | undefined;
  readonly contentType?: string | undefined;
  readonly contentEncoding?: string | undefined;
  readonly creationTime?: Date | undefined;
  /** `none`, `positive`, `negative` or `full`. */
  readonly ack?: string | undefined;
  readonly properties: readonly MessageProperty[];
}

/**
 * Each rule is some SDK's need. System properties stand first under `%24.` names: Java reads from the first `%24` of
 * the topic on, C compares bytes. `%24.to` is always there, and always the device's own address: without a bag C#
 * ends its connection. All else is escaped, for parsers split at `=` and `/` and take `+` for a space.
 */
export function formatDeviceboundTopic(deviceId: string, message: DeviceboundProperties): string {
  const { messageId, expiryTime, correlationId, userId, contentType, contentEncoding } = message;
  const { creationTime, ack, properties } = message;
  const systemPairs: readonly (readonly [key: string, value: string | undefined])[] = [
    ['%24.mid', messageId],
    ['%24.exp', formatTime(expiryTime)],
    ['%24.cid', correlationId],
    ['%24.uid', userId],
    ['%24.to', `/devices/${deviceId}/messages/deviceBound`],
    ['%24.ct', contentType],
    ['%24.ce', contentEncoding],
    ['%24.ctime', formatTime(creationTime)],
    ['iothub-ack', ack],
  ];
  const bag = [
    ...systemPairs.flatMap(([key, value = '']) =>
      // Java fails at `key=`, and an empty value says no more than none.
      value === '' ? [] : [`${key}=${percentEncode(value)}`],
    ),
    ...properties.map(formatPair),
  ];
  return `${identityTopicPrefix({ deviceId })}/messages/devicebound/${bag.join('&')}`;
}

/** None for what .NET's times cannot say: C# would end its connection. */
function formatTime(time: Date | undefined): string | undefined {
  const year = time?.getUTCFullYear() ?? NaN;
  return time !== undefined && year >= 1 && year <= 9_999 ? formatIsoTime(time) : undefined;
}

/** Null and the empty value differ, as Azure documents it. */
function formatPair([name, value]: MessageProperty): string {
  const key = percentEncode(name);
  return value === null ? key : `${key}=${percentEncode(value)}`;
}
