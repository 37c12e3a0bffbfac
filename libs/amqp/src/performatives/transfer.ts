import { AmqpDecodeError } from '../codec/amqp-decode-error.js';
import type { AmqpReader } from '../codec/amqp-reader.js';
import type { AmqpWriter } from '../codec/amqp-writer.js';
import { CompositeReader, mandatory } from './composite-reader.js';
import { descriptors } from './descriptors.js';

/** The performative that carries a delivery or a part of one (part 2, section 2.7.5); its payload follows it. */
export interface Transfer {
  readonly handle: number;
  readonly deliveryId: number | null;
  readonly deliveryTag: Buffer | null;
  readonly messageFormat: number | null;
  readonly settled: boolean | null;
  readonly more: boolean | null;
  readonly aborted: boolean | null;
}

export function decodeTransfer(reader: AmqpReader): Transfer {
  const list = new CompositeReader(reader);
  const handle = mandatory(list.uint(), 'handle of transfer');
  const deliveryId = list.uint();
  const deliveryTag = list.binary();
  if (deliveryTag !== null && deliveryTag.length > tagBytesMax) {
    throw new AmqpDecodeError(`a delivery-tag of ${deliveryTag.length} bytes`);
  }
  const messageFormat = list.uint();
  const settled = list.boolean();
  const more = list.boolean();
  list.skip();
  list.skip();
  list.skip();
  const aborted = list.boolean();
  list.end();
  return { handle, deliveryId, deliveryTag, messageFormat, settled, more, aborted };
}

export function encodeTransfer(writer: AmqpWriter, transfer: Transfer): void {
  writer.writeDescriptor(descriptors.transfer);
  const list = writer.beginList();
  writer.writeUint(transfer.handle);
  writer.writeUint(transfer.deliveryId);
  writer.writeBinary(transfer.deliveryTag);
  writer.writeUint(transfer.messageFormat);
  writer.writeBoolean(transfer.settled);
  writer.writeBoolean(transfer.more);
  writer.writeNull();
  writer.writeNull();
  writer.writeNull();
  writer.writeBoolean(transfer.aborted);
  writer.writeNull();
  writer.endCompound(list, 11);
}

/** Part 2, section 2.8.7. */
const tagBytesMax = 32;
