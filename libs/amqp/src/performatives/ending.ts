import type { AmqpReader } from '../codec/amqp-reader.js';
import type { AmqpWriter } from '../codec/amqp-writer.js';
import { CompositeReader } from './composite-reader.js';
import { descriptors } from './descriptors.js';
import { readErrorField, writeError, type AmqpError } from './error.js';

/*
  `end` of a session and `close` of a connection (part 2, sections 2.7.8 and 2.7.9) have one field, the
  error.
*/

export function decodeEnding(reader: AmqpReader): AmqpError | null {
  const list = new CompositeReader(reader);
  const error = readErrorField(list);
  list.end();
  return error;
}

export function encodeEnd(writer: AmqpWriter, error: AmqpError | null): void {
  encodeEnding(writer, descriptors.end, error);
}

export function encodeClose(writer: AmqpWriter, error: AmqpError | null): void {
  encodeEnding(writer, descriptors.close, error);
}

function encodeEnding(writer: AmqpWriter, descriptor: number, error: AmqpError | null): void {
  writer.writeDescriptor(descriptor);
  const list = writer.beginList();
  writeError(writer, error);
  writer.endCompound(list, 1);
}
