import { AmqpDecodeError } from '../codec/amqp-decode-error.js';
import { unexpected, type AmqpReader } from '../codec/amqp-reader.js';
import { typeCodes } from '../codec/type-codes.js';

/** The descriptors of AMQP's own composite types, all in one domain, and so by their lower half. */
export const descriptors = {
  open: 0x10,
  begin: 0x11,
  attach: 0x12,
  flow: 0x13,
  transfer: 0x14,
  disposition: 0x15,
  detach: 0x16,
  end: 0x17,
  close: 0x18,
  error: 0x1d,
  received: 0x23,
  accepted: 0x24,
  rejected: 0x25,
  released: 0x26,
  modified: 0x27,
  source: 0x28,
  target: 0x29,
  saslMechanisms: 0x40,
  saslInit: 0x41,
  saslOutcome: 0x44,
  header: 0x70,
  deliveryAnnotations: 0x71,
  messageAnnotations: 0x72,
  properties: 0x73,
  applicationProperties: 0x74,
  data: 0x75,
  amqpSequence: 0x76,
  amqpValue: 0x77,
  footer: 0x78,
} as const;

/** What a descriptor of none of them reads as. */
export const unknownDescriptor = -1;

/**
 * Reads the constructor of a described value up to its descriptor: a number in any form, or the symbol
 * that stands for it. The value comes next.
 */
export function readDescriptor(reader: AmqpReader): number {
  const code = reader.readUint8();
  if (code !== typeCodes.described) {
    throw unexpected('a described value', code);
  }
  const form = reader.readUint8();
  switch (form) {
    case typeCodes.smallulong:
      return reader.readUint8();
    case typeCodes.ulong: {
      const upper = reader.readUint32();
      const lower = reader.readUint32();
      return upper === 0 ? lower : unknownDescriptor;
    }
    case typeCodes.symbol8:
      return symbolicDescriptors.get(reader.readAscii(reader.readUint8())) ?? unknownDescriptor;
    case typeCodes.symbol32:
      return symbolicDescriptors.get(reader.readAscii(reader.readUint32())) ?? unknownDescriptor;
    default:
      throw unexpected('a descriptor', form);
  }
}

/** Reads the descriptor of a value that must be of one type. */
export function expectDescriptor(reader: AmqpReader, wanted: keyof typeof descriptors): void {
  const descriptor = readDescriptor(reader);
  if (descriptor !== descriptors[wanted]) {
    throw new AmqpDecodeError(`${wanted} was due, the descriptor ${descriptor} came`);
  }
}

const maps = ['deliveryAnnotations', 'messageAnnotations', 'applicationProperties', 'footer'];

const forms = new Map([
  ...maps.map((name) => [name, 'map'] as const),
  ['data', 'binary'],
  ['amqpValue', '*'],
]);

/** `amqp:open:list`, `amqp:sasl-init:list`, `amqp:data:binary`, … */
const symbolicDescriptors = new Map(
  Object.entries(descriptors).map(([name, descriptor]) => [
    `amqp:${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}:${forms.get(name) ?? 'list'}`,
    descriptor,
  ]),
);
