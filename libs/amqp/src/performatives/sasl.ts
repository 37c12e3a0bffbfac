import type { AmqpReader } from '../codec/amqp-reader.js';
import type { AmqpWriter } from '../codec/amqp-writer.js';
import { CompositeReader, mandatory } from './composite-reader.js';
import { descriptors } from './descriptors.js';
import { writeSymbols } from './symbols.js';

/** What a client authenticates with (part 5, section 5.3.3.2). */
export interface SaslInit {
  readonly mechanism: string;
  readonly initialResponse: Buffer | null;
  readonly hostname: string | null;
}

/** The codes of an outcome (part 5, section 5.3.3.6). */
export const saslCodes = { ok: 0, auth: 1, sys: 2, sysPerm: 3, sysTemp: 4 } as const;

export interface SaslOutcome {
  readonly code: (typeof saslCodes)[keyof typeof saslCodes];
  readonly additionalData: Buffer | null;
}

export function encodeSaslMechanisms(writer: AmqpWriter, mechanisms: readonly string[]): void {
  writer.writeDescriptor(descriptors.saslMechanisms);
  const list = writer.beginList();
  writeSymbols(writer, mechanisms);
  writer.endCompound(list, 1);
}

export function decodeSaslInit(reader: AmqpReader): SaslInit {
  const list = new CompositeReader(reader);
  const init = {
    mechanism: mandatory(list.text(), 'mechanism of sasl-init'),
    initialResponse: list.binary(),
    hostname: list.text(),
  };
  list.end();
  return init;
}

export function encodeSaslInit(writer: AmqpWriter, init: SaslInit): void {
  writer.writeDescriptor(descriptors.saslInit);
  const list = writer.beginList();
  writer.writeSymbol(init.mechanism);
  writer.writeBinary(init.initialResponse);
  writer.writeString(init.hostname);
  writer.endCompound(list, 3);
}

export function encodeSaslOutcome(writer: AmqpWriter, outcome: SaslOutcome): void {
  writer.writeDescriptor(descriptors.saslOutcome);
  const list = writer.beginList();
  writer.writeUbyte(outcome.code);
  writer.writeBinary(outcome.additionalData);
  writer.endCompound(list, 2);
}
