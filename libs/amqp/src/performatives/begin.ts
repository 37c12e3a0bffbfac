import type { AmqpReader } from '../codec/amqp-reader.js';
import type { AmqpWriter } from '../codec/amqp-writer.js';
import { CompositeReader, mandatory } from './composite-reader.js';
import { descriptors } from './descriptors.js';

/** The performative that begins a session (part 2, section 2.7.2), without what we neither offer nor read. */
export interface Begin {
  /** Of whom it answers; null in the first of the two. */
  readonly remoteChannel: number | null;
  readonly nextOutgoingId: number;
  readonly incomingWindow: number;
  readonly outgoingWindow: number;
  readonly handleMax: number | null;
}

export function decodeBegin(reader: AmqpReader): Begin {
  const list = new CompositeReader(reader);
  const begin = {
    remoteChannel: list.ushort(),
    nextOutgoingId: mandatory(list.uint(), 'next-outgoing-id of begin'),
    incomingWindow: mandatory(list.uint(), 'incoming-window of begin'),
    outgoingWindow: mandatory(list.uint(), 'outgoing-window of begin'),
    handleMax: list.uint(),
  };
  list.end();
  return begin;
}

export function encodeBegin(writer: AmqpWriter, begin: Begin): void {
  writer.writeDescriptor(descriptors.begin);
  const list = writer.beginList();
  writer.writeUshort(begin.remoteChannel);
  writer.writeUint(begin.nextOutgoingId);
  writer.writeUint(begin.incomingWindow);
  writer.writeUint(begin.outgoingWindow);
  writer.writeUint(begin.handleMax);
  writer.writeNull();
  writer.writeNull();
  writer.writeNull();
  writer.endCompound(list, 8);
}
