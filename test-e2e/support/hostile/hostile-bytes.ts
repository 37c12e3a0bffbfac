/** Bytes that mean nothing, bytes that almost mean something, and text that should not be there. */
import fc from 'fast-check';
import { rawPacket, remainingLength } from './raw-packet.js';

export const randomBytes = bytesOf(1, 1_000);

export function bytesOf(minLength: number, maxLength: number): fc.Arbitrary<Buffer> {
  return fc.uint8Array({ minLength, maxLength }).map((bytes) => Buffer.from(bytes));
}

/** One to four changes of a legal packet: bits, pieces, what it says of its length. */
export function mutated(legal: fc.Arbitrary<Buffer>): fc.Arbitrary<Buffer> {
  const place = fc.double({ min: 0, max: 1, noNaN: true });
  const flip = fc.tuple(place, fc.nat(7)).map(([at, bit]) => (bytes: Buffer): Buffer => {
    const changed = Buffer.from(bytes);
    const index = indexAt(at, bytes);
    changed[index] = (changed[index] ?? 0) ^ (1 << bit);
    return changed;
  });
  const truncate = place.map(
    (at) =>
      (bytes: Buffer): Buffer =>
        bytes.subarray(0, Math.max(1, indexAt(at, bytes))),
  );
  const insert = fc.tuple(place, bytesOf(1, 20)).map(
    ([at, added]) =>
      (bytes: Buffer): Buffer =>
        splice(bytes, indexAt(at, bytes), 0, added),
  );
  const remove = fc.tuple(place, fc.integer({ min: 1, max: 8 })).map(
    ([at, count]) =>
      (bytes: Buffer): Buffer =>
        splice(bytes, indexAt(at, bytes), count, Buffer.alloc(0)),
  );
  const lie = fc.integer({ min: 0, max: 2_000 }).map(
    (length) =>
      (bytes: Buffer): Buffer =>
        rawPacket(bytes[0] ?? 0, bytes.subarray(2), remainingLength(length)),
  );
  const changes = fc.array(fc.oneof(flip, truncate, insert, remove, lie), {
    minLength: 1,
    maxLength: 4,
  });
  return fc
    .tuple(legal, changes)
    .map(([bytes, steps]) => steps.reduce((changed, step) => step(changed), bytes))
    .map((bytes) => (bytes.length === 0 ? Buffer.from([0]) : bytes));
}

function indexAt(share: number, bytes: Buffer): number {
  return Math.min(Math.floor(share * bytes.length), Math.max(0, bytes.length - 1));
}

function splice(bytes: Buffer, start: number, count: number, added: Buffer): Buffer {
  return Buffer.concat([bytes.subarray(0, start), added, bytes.subarray(start + count)]);
}

/** Text that is none, and text that means something to somebody behind the parser. */
export const nastyText: fc.Arbitrary<Buffer> = fc.oneof(
  fc
    .constantFrom(
      '',
      '\0',
      'a\0b',
      '\r\nheader: x',
      '*',
      '?',
      '[a-z]*',
      '{',
      "'; DROP TABLE hubs;--",
    )
    .map((text) => Buffer.from(text)),
  fc
    .constantFrom('c080', 'ff', 'eda080', 'f8808080', 'e28080ff', 'fffe')
    .map((hex) => Buffer.from(hex, 'hex')),
  fc
    .constantFrom('%', '%00', '%2F..%2F', '%C0%80', '%'.repeat(2_000), '%25'.repeat(500))
    .map((text) => Buffer.from(text)),
  fc.string({ unit: 'binary', maxLength: 200 }).map((text) => Buffer.from(text)),
  bytesOf(0, 100),
);
