import type { AmqpReader } from '../codec/amqp-reader.js';
import type { AmqpWriter } from '../codec/amqp-writer.js';
import { CompositeReader } from '../performatives/composite-reader.js';
import { descriptors } from '../performatives/descriptors.js';

/** How a message is to be delivered (part 3, section 3.2.1). */
export interface MessageHeader {
  readonly durable: boolean | null;
  readonly priority: number | null;
  readonly ttlMs: number | null;
  readonly firstAcquirer: boolean | null;
  readonly deliveryCount: number | null;
}

/** @param reader stands behind the descriptor */
export function readMessageHeader(reader: AmqpReader): MessageHeader {
  const list = new CompositeReader(reader);
  const header = {
    durable: list.boolean(),
    priority: list.ubyte(),
    ttlMs: list.uint(),
    firstAcquirer: list.boolean(),
    deliveryCount: list.uint(),
  };
  list.end();
  return header;
}

export function writeMessageHeader(writer: AmqpWriter, header: Partial<MessageHeader>): void {
  writer.writeDescriptor(descriptors.header);
  const list = writer.beginList();
  writer.writeBoolean(header.durable ?? null);
  writer.writeUbyte(header.priority ?? null);
  writer.writeUint(header.ttlMs ?? null);
  writer.writeBoolean(header.firstAcquirer ?? null);
  writer.writeUint(header.deliveryCount ?? null);
  writer.endCompound(list, 5);
}
