/**
 * Addresses of AMQP links (amqp.md section 4.1), with or without `amqps://{host}[:port]` and a slash before them:
 *
 *     /devices/{deviceId}[/modules/{moduleId}]/(messages/events | messages/devicebound | methods/devicebound | twin)
 *     /messages/(devicebound | serviceBound/feedback)
 *     $cbs
 *
 * Fixed words are compared without regard to letter case. Some SDKs encode ids and others do not, and ids may hold
 * what looks like an escape: where both readings differ, both are told.
 */
import type { DeviceIdentityId } from './identity-id.js';
import { percentDecode } from './percent-encoding.js';

export type AmqpAddress =
  | { readonly kind: 'cbs' | 'cloud-to-device' | 'feedback' }
  | {
      readonly kind: 'device';
      readonly channel: DeviceChannel;
      /** Who is meant: decoded first, then as it stands where that is another. */
      readonly identities: readonly DeviceIdentityId[];
    };

export type DeviceChannel = 'events' | 'devicebound' | 'methods' | 'twin';

/** Undefined for what is no address of ours. */
export function parseAmqpAddress(text: string): AmqpAddress | undefined {
  const path = text.replace(/^[a-z]+:\/\/[^/]*/i, '').replace(/^\/|\/$/g, '');
  const fixed = serviceAddresses.get(path.toLowerCase());
  if (fixed !== undefined) {
    return { kind: fixed };
  }
  const match = devicePath.exec(path);
  const channel = deviceChannels.get(match?.[3]?.toLowerCase() ?? '');
  if (match === null || channel === undefined) {
    return undefined;
  }
  const [, deviceId = '', moduleId] = match;
  const raw = moduleId === undefined ? { deviceId } : { deviceId, moduleId };
  const decoded =
    moduleId === undefined
      ? { deviceId: percentDecode(deviceId) }
      : { deviceId: percentDecode(deviceId), moduleId: percentDecode(moduleId) };
  const isSame = decoded.deviceId === deviceId && decoded.moduleId === moduleId;
  return { kind: 'device', channel, identities: isSame ? [raw] : [decoded, raw] };
}

const devicePath = /^devices\/([^/]+)(?:\/modules\/([^/]+))?\/(.+)$/i;

const deviceChannels: ReadonlyMap<string, DeviceChannel> = new Map([
  ['messages/events', 'events'],
  ['messages/devicebound', 'devicebound'],
  ['methods/devicebound', 'methods'],
  ['twin', 'twin'],
]);

const serviceAddresses: ReadonlyMap<string, 'cbs' | 'cloud-to-device' | 'feedback'> = new Map([
  ['$cbs', 'cbs'],
  ['messages/devicebound', 'cloud-to-device'],
  ['messages/servicebound/feedback', 'feedback'],
]);
