import type { AmqpReader } from '../codec/amqp-reader.js';
import type { Fields } from '../codec/amqp-value.js';
import type { AmqpWriter } from '../codec/amqp-writer.js';
import { writeFields } from '../codec/fields.js';
import { typeCodes } from '../codec/type-codes.js';
import { CompositeReader } from './composite-reader.js';
import { descriptors, readDescriptor } from './descriptors.js';
import { readErrorField, writeError, type AmqpError } from './error.js';

/** What became of a delivery in the end (part 3, section 3.4). */
export type Outcome = Accepted | Rejected | Released | Modified;

export interface Accepted {
  readonly type: 'accepted';
}

export interface Rejected {
  readonly type: 'rejected';
  readonly error: AmqpError | null;
}

export interface Released {
  readonly type: 'released';
}

export interface Modified {
  readonly type: 'modified';
  readonly deliveryFailed: boolean;
  readonly undeliverableHere: boolean;
  readonly messageAnnotations: Fields | null;
}

/** An outcome, or that a part has been received, which decides nothing. */
export type DeliveryState = Outcome | { readonly type: 'received' };

export const accepted: Accepted = { type: 'accepted' };
export const released: Released = { type: 'released' };

/** Reads a state that is one of the standard's own; of others (transactions) there is nothing to say. */
export function readDeliveryState(reader: AmqpReader): DeliveryState | null {
  const descriptor = readDescriptor(reader);
  switch (descriptor) {
    case descriptors.accepted:
      new CompositeReader(reader).end();
      return accepted;
    case descriptors.released:
      new CompositeReader(reader).end();
      return released;
    case descriptors.received:
      new CompositeReader(reader).end();
      return { type: 'received' };
    case descriptors.rejected: {
      const list = new CompositeReader(reader);
      const error = readErrorField(list);
      list.end();
      return { type: 'rejected', error };
    }
    case descriptors.modified:
      return readModified(new CompositeReader(reader));
    default:
      reader.skipValue();
      return null;
  }
}

/** Writes an outcome with all its fields; accepted and released have none. */
export function writeOutcome(writer: AmqpWriter, outcome: Outcome | null): void {
  if (outcome === null) {
    writer.writeNull();
    return;
  }
  writer.writeDescriptor(descriptors[outcome.type]);
  if (outcome.type === 'accepted' || outcome.type === 'released') {
    writer.writeUint8(typeCodes.list0);
    return;
  }
  const list = writer.beginList();
  if (outcome.type === 'rejected') {
    writeError(writer, outcome.error);
    writer.endCompound(list, 1);
  } else {
    writer.writeBoolean(outcome.deliveryFailed);
    writer.writeBoolean(outcome.undeliverableHere);
    writeFields(writer, outcome.messageAnnotations);
    writer.endCompound(list, 3);
  }
}

function readModified(list: CompositeReader): Modified {
  const modified = {
    type: 'modified',
    deliveryFailed: list.boolean() ?? false,
    undeliverableHere: list.boolean() ?? false,
    messageAnnotations: list.fields(),
  } as const;
  list.end();
  return modified;
}
