/**
 * Addresses of AMQP links (amqp.md section 4.1), with or without `amqps://{host}[:port]` and a slash before them:
 *
 *     /devices/{deviceId}[/modules/{moduleId}]/(messages/events | messages/devicebound | methods/devicebound | twin)
 *     /messages/(devicebound | serviceBound/feedback | serviceBound/filenotifications)
 *     /messages/events[/{whatever follows}]
 *     {entity}/ConsumerGroups/{consumerGroup}/Partitions/{partition}
 *     [{entity}/]$management
 *     $cbs
 *
 * Fixed words are compared without regard to letter case. Some SDKs encode ids and others do not, and ids may hold
 * what looks like an escape: where both readings differ, both are told. Names of the last kinds hold nothing of that,
 * and are decoded once.
 */
import type { DeviceIdentityId } from './identity-id.js';
import { percentDecode } from './percent-encoding.js';

export type AmqpAddress =
  | { readonly kind: 'cbs' }
  | { readonly kind: ServiceChannel }
  | {
      readonly kind: 'device';
      readonly channel: DeviceChannel;
      /** Who is meant: decoded first, then as it stands where that is another. */
      readonly identities: readonly DeviceIdentityId[];
    }
  | EventHubAddress;

export type DeviceChannel = 'events' | 'devicebound' | 'methods' | 'twin';

/** What back ends have at a hub's address. */
export type ServiceChannel = 'cloud-to-device' | 'feedback' | 'file-notifications';

/** What readers of telemetry ask for (amqp.md section 9). */
export type EventHubAddress =
  | {
      /** The built-in endpoint at the address of its hub, which only tells where it is. */
      readonly kind: 'built-in-events';
      /** As it stands behind `/messages/events`: empty, or beginning with a slash. */
      readonly tail: string;
    }
  | {
      readonly kind: 'event-hub-management';
      /** Some clients name it in each request alone. */
      readonly entity: string | undefined;
    }
  | {
      readonly kind: 'event-hub-partition';
      readonly entity: string;
      readonly consumerGroup: string;
      readonly partition: string;
    };

/** Undefined for what is no address of ours. */
export function parseAmqpAddress(text: string): AmqpAddress | undefined {
  const given = text.replace(/^[a-z]+:\/\/[^/]*/i, '').replace(/^\//, '');
  const path = given.replace(/\/$/, '');
  const fixed = fixedAddresses.get(path.toLowerCase());
  if (fixed !== undefined) {
    return { kind: fixed };
  }
  const tail = builtInPath.exec(given)?.[1];
  if (tail !== undefined) {
    return { kind: 'built-in-events', tail };
  }
  return parseDevicePath(path) ?? parseEventHubPath(path);
}

const fixedAddresses: ReadonlyMap<string, 'cbs' | ServiceChannel> = new Map([
  ['$cbs', 'cbs'],
  ['messages/devicebound', 'cloud-to-device'],
  ['messages/servicebound/feedback', 'feedback'],
  // SDKs have the one, documents the other.
  ['messages/servicebound/filenotifications', 'file-notifications'],
  ['messages/servicebound/fileuploadnotifications', 'file-notifications'],
]);

const builtInPath = /^messages\/events((?:\/.*)?)$/is;

function parseDevicePath(path: string): AmqpAddress | undefined {
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

function parseEventHubPath(path: string): EventHubAddress | undefined {
  const management = managementPath.exec(path);
  if (management !== null) {
    const [, entity] = management;
    return {
      kind: 'event-hub-management',
      entity: entity === undefined ? undefined : percentDecode(entity),
    };
  }
  const match = partitionPath.exec(path);
  if (match === null) {
    return undefined;
  }
  const [entity = '', consumerGroup = '', partition = ''] = match.slice(1).map(percentDecode);
  return { kind: 'event-hub-partition', entity, consumerGroup, partition };
}

const managementPath = /^(?:([^/]+)\/)?\$management$/i;
const partitionPath = /^([^/]+)\/consumergroups\/([^/]+)\/partitions\/([^/]+)$/i;
