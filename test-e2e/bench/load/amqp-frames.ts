/**
 * As much of AMQP's frames as the load generator reads by the byte (part 2, sections 2.3 and 2.7):
 *
 *     frame  = size:uint32 doff:uint8 type:uint8 channel:uint16 [0x00 0x53 descriptor:uint8 list]
 *     header = "AMQP" protocol:uint8 1 0 0
 */
export const descriptors = {
  attach: 0x12,
  flow: 0x13,
  transfer: 0x14,
  disposition: 0x15,
  detach: 0x16,
  end: 0x17,
  close: 0x18,
  accepted: 0x24,
  saslOutcome: 0x44,
} as const;

const headLength = 8;
const headerBegin = Buffer.from('AMQP').readUInt32BE();

/** Where the frame or header ends that begins here; undefined while not all of it is there. */
export function endOfFrame(bytes: Buffer, start: number): number | undefined {
  if (start + headLength > bytes.length) {
    return undefined;
  }
  const size = bytes.readUInt32BE(start);
  const end = start + (size === headerBegin ? headLength : size);
  return end <= bytes.length ? end : undefined;
}

/** Undefined for a header and for an empty frame. */
export function descriptorOf(bytes: Buffer, start: number, end: number): number | undefined {
  return end - start === headLength ? undefined : bytes[start + headLength + 2];
}

/** @throws Error for another outcome than accepted */
export function readAccepted(
  bytes: Buffer,
  start: number,
): { readonly first: number; readonly last: number } {
  const fields = new FieldReader(bytes, start);
  fields.boolean();
  const first = fields.uint() ?? NaN;
  const last = fields.uint() ?? first;
  fields.boolean();
  if (fields.descriptor() !== descriptors.accepted) {
    throw new Error(`instead of accepted came ${hexOfFrame(bytes, start)}`);
  }
  return { first, last };
}

/** Of a delivery that came in one frame. */
export function readDeliveryId(bytes: Buffer, start: number): number {
  const fields = new FieldReader(bytes, start);
  fields.uint();
  return fields.uint() ?? NaN;
}

/** 0 when the client is let in. */
export function readSaslCode(bytes: Buffer, start: number): number {
  return new FieldReader(bytes, start).ubyte();
}

export function hexOfFrame(bytes: Buffer, start: number): string {
  return bytes.toString('hex', start, endOfFrame(bytes, start));
}

const codes = {
  described: 0x00,
  null: 0x40,
  true: 0x41,
  false: 0x42,
  uint0: 0x43,
  ubyte: 0x50,
  smalluint: 0x52,
  boolean: 0x56,
  uint: 0x70,
  list8: 0xc0,
} as const;

/** The fields of a performative, one after the other. */
class FieldReader {
  #at: number;

  constructor(
    private readonly bytes: Buffer,
    private readonly start: number,
  ) {
    const list = start + headLength + 3;
    this.#at = list + (bytes[list] === codes.list8 ? 3 : 9);
  }

  boolean(): boolean {
    const code = this.#next();
    return code === codes.boolean ? this.#next() === 1 : code === codes.true;
  }

  ubyte(): number {
    const code = this.#next();
    return code === codes.ubyte ? this.#next() : this.#refuse(code);
  }

  uint(): number | undefined {
    const code = this.#next();
    switch (code) {
      case codes.null:
        return undefined;
      case codes.uint0:
        return 0;
      case codes.smalluint:
        return this.#next();
      case codes.uint:
        this.#at += 4;
        return this.bytes.readUInt32BE(this.#at - 4);
      default:
        return this.#refuse(code);
    }
  }

  /** Of a described value, whose descriptor is short. */
  descriptor(): number {
    const code = this.#next();
    this.#next();
    return code === codes.described ? this.#next() : this.#refuse(code);
  }

  #next(): number {
    return this.bytes[this.#at++] ?? NaN;
  }

  #refuse(code: number): never {
    throw new Error(`no field of this kind: ${code} in ${hexOfFrame(this.bytes, this.start)}`);
  }
}
