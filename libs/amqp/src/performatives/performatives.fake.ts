/** What tests of performatives share: one of each, and rhea's reading and writing of them. */
import { createRequire } from 'node:module';
import { AmqpReader } from '../codec/amqp-reader.js';
import { int, type AmqpValue } from '../codec/amqp-value.js';
import { AmqpWriter } from '../codec/amqp-writer.js';
import type { Attach } from './attach.js';
import { descriptors, expectDescriptor } from './descriptors.js';
import type { AmqpError } from './error.js';
import type { Open } from './open.js';
import { sourceAt, targetAt } from './terminus.js';

export const open: Open = {
  containerId: 'c',
  hostname: 'h',
  maxFrameSize: 65_536,
  channelMax: 8_191,
  idleTimeOutMs: 240_000,
  offeredCapabilities: [],
  desiredCapabilities: [],
  properties: null,
};

export const begin = {
  remoteChannel: 1,
  nextOutgoingId: 1,
  incomingWindow: 5_000,
  outgoingWindow: 0xffffffff,
  handleMax: 262_143,
};

export const attach: Attach = {
  name: 'n',
  handle: 0,
  role: 'receiver',
  senderSettleMode: 0,
  receiverSettleMode: null,
  source: sourceAt('s'),
  target: targetAt('t'),
  initialDeliveryCount: null,
  maxMessageSize: 1_048_576n,
  offeredCapabilities: [],
  desiredCapabilities: [],
  properties: null,
};

export const flow = {
  nextIncomingId: 0,
  incomingWindow: 5_000,
  nextOutgoingId: 1,
  outgoingWindow: 0xffffffff,
  handle: 0,
  deliveryCount: 0,
  linkCredit: 1_000,
  available: 0,
  drain: null,
  echo: false,
};

export const transfer = {
  handle: 1,
  deliveryId: 2,
  deliveryTag: Buffer.from('tag'),
  messageFormat: 0,
  settled: null,
  more: false,
  aborted: null,
};

export const error: AmqpError = {
  condition: 'amqp:link:redirect',
  description: null,
  info: new Map<string, AmqpValue>([
    ['hostname', 'h'],
    ['port', int(5671)],
  ]),
};

/** What an encoder writes. */
export function encode<Parts extends unknown[]>(
  write: (writer: AmqpWriter, ...parts: Parts) => void,
  ...parts: Parts
): Buffer {
  const writer = new AmqpWriter();
  write(writer, ...parts);
  return writer.take();
}

/** A client's `sasl-init`, with some response. */
export function encodeInit(writer: AmqpWriter, mechanism: string): void {
  writer.writeDescriptor(descriptors.saslInit);
  const list = writer.beginList();
  writer.writeSymbol(mechanism);
  writer.writeBinary(Buffer.from('response'));
  writer.endCompound(list, 2);
}

export function bytesOf(hex: string): Buffer {
  return Buffer.from(hex.replaceAll(' ', ''), 'hex');
}

/** The performative's reader, behind the descriptor. */
export function bodyOf(bytes: Buffer, name: keyof typeof descriptors): AmqpReader {
  const reader = new AmqpReader(bytes);
  expectDescriptor(reader, name);
  return reader;
}

/** A performative as rhea reads it. */
export function readByRhea(bytes: Buffer, frameType = 0): Record<string, unknown> {
  const head = Buffer.from([0, 0, 0, 0, 2, frameType, 0, 0]);
  head.writeUInt32BE(8 + bytes.length);
  return frames.read_frame(Buffer.concat([head, bytes])).performative;
}

/** A performative as rhea writes it. */
export function writeByRhea(name: string, fields: object): Buffer {
  const performative = makers[name]?.(fields);
  const frame = name.startsWith('sasl')
    ? frames.sasl_frame(performative)
    : frames.amqp_frame(0, performative);
  return frames.write_frame(frame).subarray(8);
}

/** rhea's frames, which it does not export. */
interface RheaFrames {
  read_frame(bytes: Buffer): { performative: Record<string, unknown> };
  write_frame(frame: unknown): Buffer;
  amqp_frame(channel: number, performative: unknown): unknown;
  sasl_frame(performative: unknown): unknown;
}

const frames = createRequire(import.meta.url)('rhea/lib/frames.js') as RheaFrames;
const makers = frames as unknown as Record<string, (fields: object) => unknown>;
