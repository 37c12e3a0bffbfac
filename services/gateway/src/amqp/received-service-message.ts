/** A back end's message to a device, as it came over AMQP (amqp.md section 8.1). */
import { bytesOfBody, ReceivedMessage, type Fields, type MessageProperties } from '@linchpin/amqp';
import type { GivenMessage, MessageProperty } from '@linchpin/wire';
import { keepable } from '../sockets/keepable.js';
import { dateOf, textOfProperty } from './property-text.js';

const ackProperty = 'iothub-ack';

/** @param payload a view of what the socket gave @throws AmqpDecodeError */
export function readServiceMessage(payload: Buffer): GivenMessage {
  const { properties, applicationProperties, body } = new ReceivedMessage(payload);
  return {
    ...systemProperties(properties),
    ack: textOfProperty(applicationProperties?.get(ackProperty) ?? null) ?? undefined,
    properties: userProperties(applicationProperties),
    body: keepable(bytesOfBody(body), payload),
  };
}

function systemProperties(
  properties: MessageProperties | undefined,
): Omit<GivenMessage, 'ack' | 'properties' | 'body'> {
  const { messageId = null, correlationId = null, userId, to, contentType } = properties ?? {};
  const { contentEncoding, absoluteExpiryTimeMs, creationTimeMs } = properties ?? {};
  return {
    messageId: given(textOfProperty(messageId)),
    correlationId: given(textOfProperty(correlationId)),
    userId: given(userId?.toString('utf8')),
    to: given(to),
    contentType: given(contentType),
    contentEncoding: given(contentEncoding),
    expiryTime: timeOf(absoluteExpiryTimeMs),
    creationTime: timeOf(creationTimeMs),
  };
}

/** One that is empty counts as absent: clients send them so. */
function given(text: string | null | undefined): string | undefined {
  return text === null || text === '' ? undefined : text;
}

function timeOf(timeMs: bigint | null | undefined): Date | undefined {
  return timeMs === null || timeMs === undefined ? undefined : dateOf(timeMs);
}

/** Devices get them as texts, whatever type they have: some SDKs take no other. */
function userProperties(fields: Fields | undefined): readonly MessageProperty[] {
  return [...(fields ?? [])]
    .filter(([name]) => name !== ackProperty)
    .map(([name, value]) => [name, textOfProperty(value)] as const);
}
