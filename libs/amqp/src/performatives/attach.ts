import type { AmqpReader } from '../codec/amqp-reader.js';
import type { Fields } from '../codec/amqp-value.js';
import type { AmqpWriter } from '../codec/amqp-writer.js';
import { writeFields } from '../codec/fields.js';
import { CompositeReader, mandatory } from './composite-reader.js';
import { descriptors } from './descriptors.js';
import { roleOf, type LinkRole } from './disposition.js';
import { writeSymbols } from './symbols.js';
import { readSource, readTarget, writeSource, writeTarget } from './terminus.js';
import type { Source, Target } from './terminus.js';

/** The performative that attaches a link (part 2, section 2.7.3); nothing unsettled is ever resumed. */
export interface Attach {
  readonly name: string;
  readonly handle: number;
  /** Of whom it comes. */
  readonly role: LinkRole;
  /** 0 unsettled, 1 settled, 2 mixed. */
  readonly senderSettleMode: number | null;
  /** 0 first, 1 second. */
  readonly receiverSettleMode: number | null;
  readonly source: Source | null;
  readonly target: Target | null;
  readonly initialDeliveryCount: number | null;
  readonly maxMessageSize: bigint | null;
  readonly offeredCapabilities: readonly string[];
  readonly desiredCapabilities: readonly string[];
  readonly properties: Fields | null;
}

export function decodeAttach(reader: AmqpReader): Attach {
  const list = new CompositeReader(reader);
  const head = {
    name: mandatory(list.text(), 'name of attach'),
    handle: mandatory(list.uint(), 'handle of attach'),
    role: roleOf(mandatory(list.boolean(), 'role of attach')),
    senderSettleMode: list.ubyte(),
    receiverSettleMode: list.ubyte(),
    source: list.described(readSource),
    target: list.described(readTarget),
  };
  list.skip();
  list.skip();
  const attach = {
    ...head,
    initialDeliveryCount: list.uint(),
    maxMessageSize: list.ulong(),
    offeredCapabilities: list.symbols(),
    desiredCapabilities: list.symbols(),
    properties: list.fields(),
  };
  list.end();
  return attach;
}

export function encodeAttach(writer: AmqpWriter, attach: Attach): void {
  writer.writeDescriptor(descriptors.attach);
  const list = writer.beginList();
  writer.writeString(attach.name);
  writer.writeUint(attach.handle);
  writer.writeBoolean(attach.role === 'receiver');
  writer.writeUbyte(attach.senderSettleMode);
  writer.writeUbyte(attach.receiverSettleMode);
  writeSource(writer, attach.source);
  writeTarget(writer, attach.target);
  writer.writeNull();
  writer.writeNull();
  writer.writeUint(attach.initialDeliveryCount);
  writer.writeUlong(attach.maxMessageSize);
  writeSymbols(writer, attach.offeredCapabilities);
  writeSymbols(writer, attach.desiredCapabilities);
  writeFields(writer, attach.properties);
  writer.endCompound(list, 14);
}
