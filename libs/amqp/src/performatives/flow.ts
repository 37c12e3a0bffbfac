import type { AmqpReader } from '../codec/amqp-reader.js';
import type { AmqpWriter } from '../codec/amqp-writer.js';
import { CompositeReader, mandatory } from './composite-reader.js';
import { descriptors } from './descriptors.js';

/** The performative that tells of a session's windows and a link's credit (part 2, section 2.7.4). */
export interface Flow {
  readonly nextIncomingId: number | null;
  readonly incomingWindow: number;
  readonly nextOutgoingId: number;
  readonly outgoingWindow: number;
  /** Of the link that the rest is about; null when it is about the session alone. */
  readonly handle: number | null;
  readonly deliveryCount: number | null;
  readonly linkCredit: number | null;
  readonly available: number | null;
  readonly drain: boolean | null;
  readonly echo: boolean | null;
}

export function decodeFlow(reader: AmqpReader): Flow {
  const list = new CompositeReader(reader);
  const flow = {
    nextIncomingId: list.uint(),
    incomingWindow: mandatory(list.uint(), 'incoming-window of flow'),
    nextOutgoingId: mandatory(list.uint(), 'next-outgoing-id of flow'),
    outgoingWindow: mandatory(list.uint(), 'outgoing-window of flow'),
    handle: list.uint(),
    deliveryCount: list.uint(),
    linkCredit: list.uint(),
    available: list.uint(),
    drain: list.boolean(),
    echo: list.boolean(),
  };
  list.end();
  return flow;
}

export function encodeFlow(writer: AmqpWriter, flow: Flow): void {
  writer.writeDescriptor(descriptors.flow);
  const list = writer.beginList();
  writer.writeUint(flow.nextIncomingId);
  writer.writeUint(flow.incomingWindow);
  writer.writeUint(flow.nextOutgoingId);
  writer.writeUint(flow.outgoingWindow);
  writer.writeUint(flow.handle);
  writer.writeUint(flow.deliveryCount);
  writer.writeUint(flow.linkCredit);
  writer.writeUint(flow.available);
  writer.writeBoolean(flow.drain);
  writer.writeBoolean(flow.echo);
  writer.writeNull();
  writer.endCompound(list, 11);
}
