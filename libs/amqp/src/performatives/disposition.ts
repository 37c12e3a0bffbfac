import type { AmqpReader } from '../codec/amqp-reader.js';
import type { AmqpWriter } from '../codec/amqp-writer.js';
import { CompositeReader, mandatory } from './composite-reader.js';
import { descriptors } from './descriptors.js';
import { readDeliveryState, writeOutcome, type DeliveryState, type Outcome } from './outcomes.js';

/** The performative that tells what became of deliveries (part 2, section 2.7.6). */
export interface Disposition {
  /** Of whom it comes. */
  readonly role: LinkRole;
  readonly first: number;
  readonly last: number | null;
  readonly settled: boolean | null;
  readonly state: DeliveryState | null;
}

export type LinkRole = 'sender' | 'receiver';

/** On the wire a role is a boolean, false for the sender. */
export function roleOf(isReceiver: boolean): LinkRole {
  return isReceiver ? 'receiver' : 'sender';
}

export function decodeDisposition(reader: AmqpReader): Disposition {
  const list = new CompositeReader(reader);
  const disposition = {
    role: roleOf(mandatory(list.boolean(), 'role of disposition')),
    first: mandatory(list.uint(), 'first of disposition'),
    last: list.uint(),
    settled: list.boolean(),
    state: list.described(readDeliveryState),
  };
  list.end();
  return disposition;
}

/** Deliveries, one behind the other, that end with one outcome. */
export interface Settlement {
  /** Of whom it comes. */
  readonly role: LinkRole;
  readonly first: number;
  readonly last: number;
  readonly outcome: Outcome | null;
}

/** Writes the one disposition that we ever send: deliveries are settled with it. */
export function encodeSettlement(writer: AmqpWriter, settlement: Settlement): void {
  writer.writeDescriptor(descriptors.disposition);
  const list = writer.beginList();
  writer.writeBoolean(settlement.role === 'receiver');
  writer.writeUint(settlement.first);
  writer.writeUint(settlement.last);
  writer.writeBoolean(true);
  writeOutcome(writer, settlement.outcome);
  writer.writeNull();
  writer.endCompound(list, 6);
}
