import type { AmqpReader } from '../codec/amqp-reader.js';
import type { AmqpValue } from '../codec/amqp-value.js';
import type { AmqpWriter } from '../codec/amqp-writer.js';
import { textOf } from '../codec/fields.js';
import { writeValue } from '../codec/write-value.js';
import { CompositeReader } from '../performatives/composite-reader.js';
import { descriptors } from '../performatives/descriptors.js';

/** The standard's own properties of a message (part 3, section 3.2.4). */
export interface MessageProperties {
  /** A string, ulong, uuid or binary, and an answer's correlation-id is the same in the same type. */
  readonly messageId: AmqpValue;
  readonly userId: Buffer | null;
  readonly to: string | null;
  readonly subject: string | null;
  readonly replyTo: string | null;
  readonly correlationId: AmqpValue;
  readonly contentType: string | null;
  readonly contentEncoding: string | null;
  readonly absoluteExpiryTimeMs: bigint | null;
  readonly creationTimeMs: bigint | null;
  readonly groupId: string | null;
  readonly groupSequence: number | null;
  readonly replyToGroupId: string | null;
}

/** @param reader stands behind the descriptor */
export function readMessageProperties(reader: AmqpReader): MessageProperties {
  const list = new CompositeReader(reader);
  const properties = {
    messageId: list.value(),
    userId: list.binary(),
    to: textOf(list.value()),
    subject: list.text(),
    replyTo: textOf(list.value()),
    correlationId: list.value(),
    contentType: list.text(),
    contentEncoding: list.text(),
    absoluteExpiryTimeMs: list.timestamp(),
    creationTimeMs: list.timestamp(),
    groupId: list.text(),
    groupSequence: list.uint(),
    replyToGroupId: list.text(),
  };
  list.end();
  return properties;
}

/** Writes all thirteen fields. */
export function writeMessageProperties(
  writer: AmqpWriter,
  properties: Partial<MessageProperties>,
): void {
  writer.writeDescriptor(descriptors.properties);
  const list = writer.beginList();
  writeValue(writer, properties.messageId ?? null);
  writer.writeBinary(properties.userId ?? null);
  writer.writeString(properties.to ?? null);
  writer.writeString(properties.subject ?? null);
  writer.writeString(properties.replyTo ?? null);
  writeValue(writer, properties.correlationId ?? null);
  writer.writeSymbol(properties.contentType ?? null);
  writer.writeSymbol(properties.contentEncoding ?? null);
  writer.writeTimestamp(properties.absoluteExpiryTimeMs ?? null);
  writer.writeTimestamp(properties.creationTimeMs ?? null);
  writer.writeString(properties.groupId ?? null);
  writer.writeUint(properties.groupSequence ?? null);
  writer.writeString(properties.replyToGroupId ?? null);
  writer.endCompound(list, 13);
}
