/** What a message to a device holds, between who sends it and who delivers it (message_content.proto). */
import type { CloudToDeviceMessage } from '@linchpin/wire';
import { MessageContent } from '../gen/linchpin/cloud_to_device/v1/message_content.js';

export function encodeMessageContent(message: CloudToDeviceMessage): Buffer {
  const { properties, body } = message;
  const content = {
    ...message,
    properties: properties.map(([name, value]) => ({ name, value: value ?? undefined })),
    body: Buffer.from(body.buffer, body.byteOffset, body.byteLength),
  };
  return Buffer.from(MessageContent.encode(content).finish());
}

/** @throws Error for bytes that are no content */
export function decodeMessageContent(
  bytes: Uint8Array,
): CloudToDeviceMessage & { readonly body: Buffer } {
  const { properties, ack, ...same } = MessageContent.decode(bytes);
  return {
    messageId: same.messageId,
    correlationId: same.correlationId,
    userId: same.userId,
    contentType: same.contentType,
    contentEncoding: same.contentEncoding,
    to: same.to,
    creationTime: same.creationTime,
    expiryTime: same.expiryTime,
    ack: ack as CloudToDeviceMessage['ack'],
    properties: properties.map(({ name, value }) => [name, value ?? null] as const),
    body: same.body,
  };
}
