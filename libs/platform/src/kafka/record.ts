/**
 * A record as the hub writes it. Headers are kept in the encoding of Kafka's record format v2, so
 * that those which are the same for many records are encoded once.
 */
export interface KafkaRecord {
  readonly key: Buffer;
  readonly value: Buffer;
  readonly headers: RecordHeaders;
}

/** The name and the UTF-8 value of a header; a null value is kept apart from an empty one. */
export type Header = readonly [name: string, value: string | null];

/** Encoded headers, without the count that stands before them in a record. */
export interface RecordHeaders {
  readonly count: number;
  readonly bytes: Buffer;
}

export const noHeaders: RecordHeaders = { count: 0, bytes: Buffer.alloc(0) };

/*
  Header => nameLength:varint name valueLength:varint(-1 = null) value      (lengths in bytes)
*/
export function encodeHeaders(headers: readonly Header[]): RecordHeaders {
  const parts: Buffer[] = [];
  for (const [name, value] of headers) {
    const nameBytes = Buffer.from(name);
    parts.push(encodeVarint(nameBytes.length), nameBytes);
    if (value === null) {
      parts.push(encodeVarint(-1));
    } else {
      const valueBytes = Buffer.from(value);
      parts.push(encodeVarint(valueBytes.length), valueBytes);
    }
  }
  return { count: headers.length, bytes: Buffer.concat(parts) };
}

export function joinHeaders(first: RecordHeaders, second: RecordHeaders): RecordHeaders {
  if (second.count === 0) {
    return first;
  }
  return {
    count: first.count + second.count,
    bytes: Buffer.concat([first.bytes, second.bytes]),
  };
}

export function decodeHeaders({ count, bytes }: RecordHeaders): Header[] {
  const headers: Header[] = [];
  let position = 0;
  const readVarint = (): number => {
    let zigzag = 0;
    let shift = 0;
    let byte: number;
    do {
      byte = bytes.readUInt8(position++);
      zigzag |= (byte & 0x7f) << shift;
      shift += 7;
    } while (byte >= 0x80);
    return (zigzag >>> 1) ^ -(zigzag & 1);
  };
  const readText = (length: number): string => {
    const text = bytes.toString('utf8', position, position + length);
    position += length;
    return text;
  };
  for (let index = 0; index < count; index++) {
    const name = readText(readVarint());
    const valueLength = readVarint();
    headers.push([name, valueLength < 0 ? null : readText(valueLength)]);
  }
  return headers;
}

/** A signed number in zigzag form, seven bits a byte, the lowest first. */
export function writeVarint(target: Buffer, offset: number, value: number): number {
  let zigzag = (value << 1) ^ (value >> 31);
  let position = offset;
  while ((zigzag & ~0x7f) !== 0) {
    target[position++] = (zigzag & 0x7f) | 0x80;
    zigzag >>>= 7;
  }
  target[position++] = zigzag;
  return position;
}

export function varintLength(value: number): number {
  let zigzag = (value << 1) ^ (value >> 31);
  let length = 1;
  while ((zigzag & ~0x7f) !== 0) {
    length += 1;
    zigzag >>>= 7;
  }
  return length;
}

function encodeVarint(value: number): Buffer {
  const bytes = Buffer.alloc(varintLength(value));
  writeVarint(bytes, 0, value);
  return bytes;
}
