import type { AmqpReader } from '../codec/amqp-reader.js';
import type { AmqpWriter } from '../codec/amqp-writer.js';
import { CompositeReader, mandatory } from './composite-reader.js';
import { descriptors } from './descriptors.js';
import { readErrorField, writeError, type AmqpError } from './error.js';

/** The performative that ends a link (part 2, section 2.7.7). */
export interface Detach {
  readonly handle: number;
  readonly closed: boolean;
  readonly error: AmqpError | null;
}

export function decodeDetach(reader: AmqpReader): Detach {
  const list = new CompositeReader(reader);
  const detach = {
    handle: mandatory(list.uint(), 'handle of detach'),
    closed: list.boolean() ?? false,
    error: readErrorField(list),
  };
  list.end();
  return detach;
}

export function encodeDetach(writer: AmqpWriter, { handle, closed, error }: Detach): void {
  writer.writeDescriptor(descriptors.detach);
  const list = writer.beginList();
  writer.writeUint(handle);
  writer.writeBoolean(closed);
  writeError(writer, error);
  writer.endCompound(list, 3);
}
