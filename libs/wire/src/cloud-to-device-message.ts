/**
 * Messages of back ends to devices and modules, whatever protocol they are sent by (service-rest.md section 13.4,
 * amqp.md section 8.1, security-limits.md sections 8 and 11.1).
 */
import { HubError } from './hub-error.js';
import { faultOfId, type DeviceIdentityId } from './identity-id.js';
import { azureLimits } from './limits.js';
import type { MessageProperty } from './system-properties.js';

/** Of which ends of a message its sender hears. */
export type Acknowledgement = (typeof acknowledgements)[number];

export interface CloudToDeviceMessage {
  readonly messageId: string | undefined;
  readonly correlationId: string | undefined;
  readonly userId: string | undefined;
  readonly contentType: string | undefined;
  readonly contentEncoding: string | undefined;
  readonly to: string | undefined;
  readonly creationTime: Date | undefined;
  /** Undefined when the sender asked for none: the hub's default holds. */
  readonly expiryTime: Date | undefined;
  /** Undefined when the sender did not say, which means `none`. */
  readonly ack: Acknowledgement | undefined;
  /** Of the application, each name once. */
  readonly properties: readonly MessageProperty[];
  readonly body: Uint8Array;
}

/** As its sender gave it. */
export interface GivenMessage extends Omit<CloudToDeviceMessage, 'ack'> {
  readonly ack: string | undefined;
}

const acknowledgements = ['none', 'positive', 'negative', 'full'] as const;

const {
  cloudToDeviceBytesMax,
  cloudToDevicePropertyBytesMax,
  cloudToDevicePropertiesMax,
  cloudToDeviceExpiryMsMax,
  propertyNameLengthMax,
} = azureLimits;

/**
 * Whether it may be sent.
 *
 * @throws HubError ArgumentInvalid, InvalidMessageExpiryTime, MessageTooLarge
 */
export function checkCloudToDeviceMessage(given: GivenMessage, now: Date): CloudToDeviceMessage {
  checkMessageId(given.messageId);
  checkTexts(given);
  checkProperties(given.properties);
  const ack = given.ack === undefined ? undefined : readAcknowledgement(given.ack);
  checkExpiry(given.expiryTime, now);
  checkSize(given);
  return { ...given, ack };
}

/** What counts for limits: device-mqtt.md section 4.5. Where to, until when and the ack do not. */
export function countedBytes(message: GivenMessage): number {
  return message.body.length + propertyBytes(message);
}

/** What the message's `to` is, which devices see: the ids are encoded in it. */
export function formatDeviceBoundAddress({ deviceId, moduleId }: DeviceIdentityId): string {
  const module = moduleId === undefined ? '' : `/modules/${encodeURIComponent(moduleId)}`;
  return `/devices/${encodeURIComponent(deviceId)}${module}/messages/deviceBound`;
}

/** The same of telemetry over HTTPS (security-limits.md section 8). @throws HubError ArgumentInvalid */
export function checkMessageId(messageId: string | undefined): void {
  const fault = messageId === undefined ? undefined : faultOfId(messageId);
  if (fault !== undefined) {
    throw new HubError('ArgumentInvalid', `The message id ${fault}`);
  }
}

function checkTexts(message: GivenMessage): void {
  const { correlationId, userId, contentType, contentEncoding, to } = message;
  const texts = { correlationId, userId, contentType, contentEncoding, to };
  for (const [name, value = ''] of Object.entries(texts)) {
    requireText(`The ${name} of the message`, value);
  }
}

function checkProperties(properties: readonly MessageProperty[]): void {
  if (properties.length > cloudToDevicePropertiesMax) {
    throw new HubError(
      'ArgumentInvalid',
      `The message has ${properties.length} properties; it may have ${cloudToDevicePropertiesMax}.`,
    );
  }
  for (const [name, value] of properties) {
    if (name === '' || name.length > propertyNameLengthMax) {
      throw new HubError(
        'ArgumentInvalid',
        `The name of a property has 1 to ${propertyNameLengthMax} characters.`,
      );
    }
    requireText('The name of a property', name);
    requireText('The value of a property', value ?? '');
    if (name.startsWith('$.')) {
      // Over MQTT the device would take it for a property of the hub's.
      throw new HubError('ArgumentInvalid', 'The name of a property does not begin with "$.".');
    }
  }
}

function requireText(what: string, text: string): void {
  if (/\p{Surrogate}/u.test(text)) {
    throw new HubError('ArgumentInvalid', `${what} is no text: it has half a character.`);
  }
}

function readAcknowledgement(text: string): Acknowledgement {
  const word = acknowledgements.find((known) => known === text.toLowerCase());
  if (word === undefined) {
    throw new HubError('ArgumentInvalid', `iothub-ack: one of ${acknowledgements.join(', ')}.`);
  }
  return word;
}

function checkExpiry(expiryTime: Date | undefined, now: Date): void {
  if (expiryTime === undefined) {
    return;
  }
  const remainingMs = expiryTime.getTime() - now.getTime();
  if (!(remainingMs > 0 && remainingMs <= cloudToDeviceExpiryMsMax)) {
    throw new HubError(
      'InvalidMessageExpiryTime',
      'The expiry time of a message lies ahead, and 48 hours at most.',
    );
  }
}

function checkSize(message: GivenMessage): void {
  const bytes = countedBytes(message);
  if (bytes > cloudToDeviceBytesMax) {
    throw new HubError(
      'MessageTooLarge',
      `A message of ${bytes} bytes, its properties included; ${cloudToDeviceBytesMax} are allowed.`,
    );
  }
  const ofProperties = propertyBytes(message);
  if (ofProperties > cloudToDevicePropertyBytesMax) {
    throw new HubError(
      'MessageTooLarge',
      `The properties have ${ofProperties} bytes; ${cloudToDevicePropertyBytesMax} are allowed.`,
    );
  }
}

function propertyBytes(message: GivenMessage): number {
  const { messageId, correlationId, userId, contentType, contentEncoding, properties } = message;
  const system = [messageId, correlationId, userId, contentType, contentEncoding];
  return [...system, ...properties.flat()].reduce(
    (bytes, text) => bytes + Buffer.byteLength(text ?? ''),
    0,
  );
}
