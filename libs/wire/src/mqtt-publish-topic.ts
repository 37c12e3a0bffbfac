/**
 * What a client asks for by publishing (device-mqtt.md section 4.2): the complete list. Anything else,
 * another identity's topic included, ends its connection.
 *
 *     {prefix}/messages/events [ "/" bag ]
 *     $iothub/twin/GET/?$rid={rid}
 *     $iothub/twin/PATCH/properties/reported/?$rid={rid}[&$version={n}]
 *     $iothub/methods/res/{status}/?$rid={rid}
 */
import { HubError } from './hub-error.js';
import type { DeviceIdentityId } from './identity-id.js';
import { azureLimits } from './limits.js';
import { identityTopicPrefix } from './mqtt-topics.js';

export type PublishTopic =
  | TelemetryTopic
  | { readonly kind: 'twin-get'; readonly requestId: string }
  | {
      readonly kind: 'reported-patch';
      readonly requestId: string;
      /** Apply only to this version of the reported properties. */
      readonly ifVersion: bigint | undefined;
    }
  | {
      readonly kind: 'method-response';
      readonly requestId: string;
      /** Any integer; undefined when it is none, and then the response is ignored. */
      readonly status: number | undefined;
    };

interface TelemetryTopic {
  readonly kind: 'telemetry';
  /** For `decodePropertyBag`; empty when the topic has none. */
  readonly bag: string;
}

/** One per connection: telemetry, the common case, costs one comparison with a prepared prefix. */
export class PublishTopicParser {
  readonly #events: string;

  constructor(identity: DeviceIdentityId) {
    this.#events = `${identityTopicPrefix(identity)}/messages/events`;
  }

  /** @throws HubError ArgumentInvalid for a topic that this identity may not publish to */
  parse(topic: string): PublishTopic {
    if (hasWildcard(topic)) {
      throw refusal('holds + or # or U+0000');
    }
    if (topic.startsWith(this.#events)) {
      const length = this.#events.length;
      if (topic.length <= length) {
        return telemetryWithoutProperties;
      }
      if (topic[length] === '/') {
        return { kind: 'telemetry', bag: topic.slice(length + 1) };
      }
    }
    return parseServiceTopic(topic);
  }
}

const telemetryWithoutProperties: TelemetryTopic = { kind: 'telemetry', bag: '' };

function hasWildcard(topic: string): boolean {
  return topic.includes('+') || topic.includes('#') || topic.includes('\0');
}

const twinGet = '$iothub/twin/GET/?';
const reportedPatch = '$iothub/twin/PATCH/properties/reported/?';
const methodResponse = '$iothub/methods/res/';

function parseServiceTopic(topic: string): PublishTopic {
  if (topic.startsWith(twinGet)) {
    return { kind: 'twin-get', requestId: requestIdOf(topic.slice(twinGet.length)) };
  }
  if (topic.startsWith(reportedPatch)) {
    const query = topic.slice(reportedPatch.length);
    return { kind: 'reported-patch', requestId: requestIdOf(query), ifVersion: versionOf(query) };
  }
  if (topic.startsWith(methodResponse)) {
    return parseMethodResponse(topic.slice(methodResponse.length));
  }
  throw refusal('is not one that this identity may publish to');
}

function parseMethodResponse(text: string): PublishTopic {
  const end = text.indexOf('/?');
  if (end < 0) {
    throw refusal('lacks /?$rid=');
  }
  const status = text.slice(0, end);
  return {
    kind: 'method-response',
    requestId: requestIdOf(text.slice(end + 2)),
    status: /^-?\d{1,15}$/.test(status) ? Number(status) : undefined,
  };
}

/** Taken as it stands, for it is given back so. Without one nothing could be answered. */
function requestIdOf(query: string): string {
  const requestId = findParameter(query, '$rid=');
  if (requestId === undefined || requestId === '') {
    throw refusal('lacks $rid');
  }
  if (requestId.length > azureLimits.mqttRequestIdLengthMax) {
    throw refusal('has too long a $rid');
  }
  return requestId;
}

function versionOf(query: string): bigint | undefined {
  const version = findParameter(query, '$version=');
  if (version === undefined) {
    return undefined;
  }
  if (!/^\d{1,15}$/.test(version)) {
    throw refusal('has a $version that is no number');
  }
  return BigInt(version);
}

function findParameter(query: string, name: `${string}=`): string | undefined {
  return query
    .split('&')
    .find((pair) => pair.startsWith(name))
    ?.slice(name.length);
}

function refusal(fault: string): HubError {
  return new HubError('ArgumentInvalid', `The topic ${fault}.`);
}
