/**
 * What a client asks to receive (device-mqtt.md section 4.4): the complete list of filters. Azure ends
 * the connection for any other, as four SDKs would take a SUBACK of 0x80 for success and wait for ever.
 */
import { HubError } from './hub-error.js';
import type { DeviceIdentityId } from './identity-id.js';
import { identityTopicPrefix } from './mqtt-topics.js';

/** Several filters may stand for one source; each of its messages is still delivered once. */
export type SubscriptionSource =
  'cloud-to-device' | 'inputs' | 'twin-responses' | 'desired-properties' | 'methods';

/** @throws HubError ArgumentInvalid for a filter that this identity may not subscribe to */
export function subscriptionSource(filter: string, identity: DeviceIdentityId): SubscriptionSource {
  const source = serviceFilters.get(filter) ?? findOwnSource(filter, identity);
  if (source === undefined) {
    throw new HubError('ArgumentInvalid', 'This identity may not subscribe to the topic filter.');
  }
  return source;
}

const serviceFilters: ReadonlyMap<string, SubscriptionSource> = new Map([
  ['$iothub/twin/res/#', 'twin-responses'],
  ['$iothub/twin/PATCH/properties/desired/#', 'desired-properties'],
  ['$iothub/methods/POST/#', 'methods'],
]);

function findOwnSource(filter: string, identity: DeviceIdentityId): SubscriptionSource | undefined {
  const topics = filter.endsWith('/#') ? filter.slice(0, -2) : filter;
  const prefix = identityTopicPrefix(identity);
  if (topics === `${prefix}/messages/devicebound`) {
    return 'cloud-to-device';
  }
  if (identity.moduleId === undefined) {
    // Embedded C names no id: the wildcard stands for the own one only.
    return topics === 'devices/+/messages/devicebound' ? 'cloud-to-device' : undefined;
  }
  // A module gets no cloud-to-device messages, so all that it can get are its inputs.
  const inputs = filter === `${prefix}/inputs/#` || filter === `${prefix}/#`;
  return inputs ? 'inputs' : undefined;
}
