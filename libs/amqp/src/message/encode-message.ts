import type { Fields } from '../codec/amqp-value.js';
import { AmqpWriter } from '../codec/amqp-writer.js';
import { writeFields, writeStringFields } from '../codec/fields.js';
import { writeValue } from '../codec/write-value.js';
import { descriptors } from '../performatives/descriptors.js';
import type { MessageBody } from './message-body.js';
import { writeMessageHeader, type MessageHeader } from './message-header.js';
import { writeMessageProperties, type MessageProperties } from './message-properties.js';

/** A message to be sent; what is left out has no section. */
export interface Message {
  readonly header?: Partial<MessageHeader>;
  readonly deliveryAnnotations?: Fields;
  readonly messageAnnotations?: Fields;
  readonly properties?: Partial<MessageProperties>;
  readonly applicationProperties?: Fields;
  readonly body?: MessageBody;
}

/** Encodes the sections of a message, in the order that the standard wants (part 3, section 3.2). */
export function encodeMessage(message: Message): Buffer {
  const writer = new AmqpWriter();
  if (message.header !== undefined) {
    writeMessageHeader(writer, message.header);
  }
  writeAnnotations(writer, descriptors.deliveryAnnotations, message.deliveryAnnotations);
  writeAnnotations(writer, descriptors.messageAnnotations, message.messageAnnotations);
  if (message.properties !== undefined) {
    writeMessageProperties(writer, message.properties);
  }
  if (message.applicationProperties !== undefined) {
    writer.writeDescriptor(descriptors.applicationProperties);
    writeStringFields(writer, message.applicationProperties);
  }
  if (message.body !== undefined) {
    writeBody(writer, message.body);
  }
  return writer.take();
}

function writeAnnotations(
  writer: AmqpWriter,
  descriptor: number,
  annotations: Fields | undefined,
): void {
  if (annotations !== undefined) {
    writer.writeDescriptor(descriptor);
    writeFields(writer, annotations);
  }
}

function writeBody(writer: AmqpWriter, body: MessageBody): void {
  switch (body.type) {
    case 'none':
      break;
    case 'data':
      for (const section of body.sections) {
        writer.writeDescriptor(descriptors.data);
        writer.writeBinary(section);
      }
      break;
    case 'sequence':
      for (const section of body.sections) {
        writer.writeDescriptor(descriptors.amqpSequence);
        writeValue(writer, section);
      }
      break;
    case 'value':
      writer.writeDescriptor(descriptors.amqpValue);
      writeValue(writer, body.value);
      break;
  }
}
