import type { AmqpReader } from '../codec/amqp-reader.js';
import type { Fields } from '../codec/amqp-value.js';
import type { AmqpWriter } from '../codec/amqp-writer.js';
import { writeFields } from '../codec/fields.js';
import { CompositeReader, mandatory } from './composite-reader.js';
import { descriptors } from './descriptors.js';
import { writeSymbols } from './symbols.js';

/** The performative that begins a connection (part 2, section 2.7.1). Locales are not looked at. */
export interface Open {
  readonly containerId: string;
  readonly hostname: string | null;
  readonly maxFrameSize: number | null;
  readonly channelMax: number | null;
  readonly idleTimeOutMs: number | null;
  readonly offeredCapabilities: readonly string[];
  readonly desiredCapabilities: readonly string[];
  readonly properties: Fields | null;
}

export function decodeOpen(reader: AmqpReader): Open {
  const list = new CompositeReader(reader);
  const containerId = mandatory(list.text(), 'container-id of open');
  const hostname = list.text();
  const maxFrameSize = list.uint();
  const channelMax = list.ushort();
  const idleTimeOutMs = list.uint();
  list.skip();
  list.skip();
  const open = {
    containerId,
    hostname,
    maxFrameSize,
    channelMax,
    idleTimeOutMs,
    offeredCapabilities: list.symbols(),
    desiredCapabilities: list.symbols(),
    properties: list.fields(),
  };
  list.end();
  return open;
}

export function encodeOpen(writer: AmqpWriter, open: Open): void {
  writer.writeDescriptor(descriptors.open);
  const list = writer.beginList();
  writer.writeString(open.containerId);
  writer.writeString(open.hostname);
  writer.writeUint(open.maxFrameSize);
  writer.writeUshort(open.channelMax);
  writer.writeUint(open.idleTimeOutMs);
  writer.writeNull();
  writer.writeNull();
  writeSymbols(writer, open.offeredCapabilities);
  writeSymbols(writer, open.desiredCapabilities);
  writeFields(writer, open.properties);
  writer.endCompound(list, 10);
}
