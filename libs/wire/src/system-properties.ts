/**
 * Names of message properties (device-mqtt.md sections 5.2 and 6), and the way from a decoded bag to
 * the properties that are stored with the message.
 */
import type { PropertyBag } from './property-bag.js';

export type MessageProperty = readonly [name: string, value: string | null];

export interface MessageProperties {
  readonly properties: readonly MessageProperty[];
  /** What they add to the body for `messageBytesMax` (section 4.5). */
  readonly countedBytes: number;
}

/** Set by the hub on each message; a client cannot. */
export const hubProperties = {
  connectionDeviceId: 'iothub-connection-device-id',
  connectionModuleId: 'iothub-connection-module-id',
  connectionAuthGenerationId: 'iothub-connection-auth-generation-id',
  connectionAuthMethod: 'iothub-connection-auth-method',
  enqueuedTime: 'iothub-enqueuedtime',
  messageSource: 'iothub-message-source',
  modelId: 'dt-dataschema',
} as const;

/** Application property that marks a will; section 2.8. */
export const messageTypeProperty = 'iothub-MessageType';

/** Application property that tells of MQTT's RETAIN flag, which is never obeyed; section 4.3. */
export const retainProperty = 'mqtt-retain';

/**
 * By the key on the wire. Other keys with `$.` are dropped: `$.to` says nothing here, `$.cdid` and
 * `$.cmid` would let a client name another sender, and the rest is not known.
 */
const systemProperties: ReadonlyMap<string, string> = new Map([
  ['$.mid', 'message-id'],
  ['$.cid', 'correlation-id'],
  ['$.uid', 'user-id'],
  ['$.ct', 'content-type'],
  ['$.ce', 'content-encoding'],
  ['$.exp', 'absolute-expiry-time'],
  ['$.ctime', 'iothub-creation-time-utc'],
  ['$.on', 'iothub-outputname'],
  ['$.sub', 'dt-subject'],
  ['$.ifid', 'iothub-interface-id'],
  ['$.schema', 'iothub-message-schema'],
  ['$.diagid', 'iothub-diag-id'],
  ['$.diagctx', 'diag-correlation-context'],
]);

/** Names of the hub's own, and those that mean nothing upstream. */
const hubNames: ReadonlySet<string> = new Set([
  ...Object.values(hubProperties),
  'iothub-ack',
  'iothub-operation',
]);

/** As application properties they would be mistaken for the real ones. */
const droppedNames: ReadonlySet<string> = new Set([...hubNames, ...systemProperties.values()]);

/** Whether it is the hub's to say, and an application property of the name is dropped, whoever sends it. */
export function isHubProperty(name: string): boolean {
  return hubNames.has(name);
}

/** Whether an application property of telemetry is dropped: it is the hub's to say, or a system property's name. */
export function isReservedInTelemetry(name: string): boolean {
  return droppedNames.has(name);
}

/** System properties under their documented names, application properties under their own. */
export function toMessageProperties(bag: PropertyBag): MessageProperties {
  if (bag.size === 0) {
    return noProperties;
  }
  const properties: MessageProperty[] = [];
  let countedBytes = 0;
  for (const [key, value] of bag) {
    if (key.startsWith('$.')) {
      const name = systemProperties.get(key);
      if (name === undefined || value === null) {
        continue;
      }
      properties.push([name, value]);
      countedBytes += Buffer.byteLength(value);
    } else if (!isReservedInTelemetry(key)) {
      properties.push([key, value]);
      countedBytes += Buffer.byteLength(key) + (value === null ? 0 : Buffer.byteLength(value));
    }
  }
  return { properties, countedBytes };
}

const noProperties: MessageProperties = { properties: [], countedBytes: 0 };
