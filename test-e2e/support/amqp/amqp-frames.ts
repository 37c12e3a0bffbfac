/** AMQP frames as rhea writes and reads them, which does not export that; and whatever else a client may send. */
import { createRequire } from 'node:module';

/** Of a performative, by the names that rhea gives its fields: `link_credit`, for instance. */
export type FrameFields = Readonly<Record<string, unknown>>;

export interface AmqpFrame {
  /** `open`, `sasl_outcome`, or empty for a frame without a body. */
  readonly name: string;
  readonly channel: number;
  readonly fields: FrameFields;
  readonly payload: Buffer;
}

export const protocolHeaders = {
  amqp: Buffer.from('AMQP\0\x01\0\0', 'latin1'),
  sasl: Buffer.from('AMQP\x03\x01\0\0', 'latin1'),
};

interface RheaFrames {
  read_frame(bytes: Buffer): {
    readonly channel: number;
    readonly performative?: FrameFields;
    readonly payload?: Buffer;
  };
  write_frame(frame: unknown): Buffer;
  amqp_frame(channel: number, performative: unknown, payload?: Buffer): unknown;
  sasl_frame(performative: unknown): unknown;
}

const frames = createRequire(import.meta.url)('rhea/lib/frames.js') as RheaFrames;
const makers = frames as unknown as Record<string, (fields: FrameFields) => unknown>;

export function encodeFrame(
  name: string,
  fields: FrameFields,
  { channel = 0, payload }: { readonly channel?: number; readonly payload?: Buffer } = {},
): Buffer {
  const performative = makers[name]?.(fields);
  return frames.write_frame(
    name.startsWith('sasl')
      ? frames.sasl_frame(performative)
      : frames.amqp_frame(channel, performative, payload),
  );
}

/** A frame with whatever body. @param said what it says of itself; the truth unless told otherwise */
export function rawFrame(
  body: Buffer,
  said: {
    readonly size?: number;
    readonly dataOffset?: number;
    readonly type?: number;
    readonly channel?: number;
  } = {},
): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(said.size ?? 8 + body.length);
  head.writeUInt8(said.dataOffset ?? 2, 4);
  head.writeUInt8(said.type ?? 0, 5);
  head.writeUInt16BE(said.channel ?? 0, 6);
  return Buffer.concat([head, body]);
}

/** @param bytes one whole frame */
export function decodeFrame(bytes: Buffer): AmqpFrame {
  const { channel, performative, payload = Buffer.alloc(0) } = frames.read_frame(bytes);
  // rhea's performatives tell their names as `open#10`.
  const [name = ''] = performative === undefined ? [] : String(performative.constructor).split('#');
  return { name, channel, fields: performative ?? {}, payload };
}
