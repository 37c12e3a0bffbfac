import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { PacketStream } from './packet-stream.js';
import { ProtocolViolation } from './protocol-violation.js';

const lengthMax = 20_000;

/** Hands over chunks and tells what came out, in hexadecimal: each packet, and its body apart. */
function cut(chunks: readonly Buffer[]): { packets: string[]; bodies: string[] } {
  const packets: string[] = [];
  const bodies: string[] = [];
  const stream = new PacketStream(lengthMax, (packet, bodyStart) => {
    packets.push(packet.toString('hex'));
    bodies.push(packet.toString('hex', bodyStart));
  });
  for (const chunk of chunks) {
    stream.push(chunk);
  }
  return { packets, bodies };
}

function packetOf(firstByte: number, body: Buffer): Buffer {
  const head = [firstByte];
  let length = body.length;
  do {
    head.push((length & 0x7f) | (length > 0x7f ? 0x80 : 0));
    length >>= 7;
  } while (length > 0);
  return Buffer.concat([Buffer.from(head), body]);
}

function chunksOf(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [...new Set(cuts.map((place) => place % (bytes.length + 1)))].sort(
    (a, b) => a - b,
  );
  return [0, ...places].map((start, index) => bytes.subarray(start, places[index] ?? bytes.length));
}

const bodies = fc.oneof(
  { weight: 5, arbitrary: fc.uint8Array({ maxLength: 10 }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(126, 127, 128, 129, 16_383, 16_384).map((n) => Buffer.alloc(n, 7)),
  },
);

test('however its bytes come, the same packets come out', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(255), bodies), { maxLength: 20 }),
      fc.array(fc.nat(), { maxLength: 30 }),
      (sent, cuts) => {
        const packets = sent.map(([first, body]) => packetOf(first, Buffer.from(body)));
        const received = cut(chunksOf(Buffer.concat(packets), cuts));
        expect(received.packets).toEqual(packets.map((packet) => packet.toString('hex')));
        expect(received.bodies).toEqual(sent.map(([, body]) => Buffer.from(body).toString('hex')));
      },
    ),
    { numRuns: 500 },
  );
});

test('what comes while it is held comes out behind it, the same', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(255), bodies), { minLength: 1, maxLength: 20 }),
      fc.array(fc.nat(), { maxLength: 30 }),
      (sent, cuts) => {
        const packets = sent.map(([first, body]) => packetOf(first, Buffer.from(body)));
        const received: string[] = [];
        const stream = new PacketStream(lengthMax, (packet) => {
          received.push(packet.toString('hex'));
          if (received.length === 1) {
            stream.hold();
          }
        });
        for (const chunk of chunksOf(Buffer.concat(packets), cuts)) {
          stream.push(chunk);
        }
        expect(received.length).toBe(1);
        stream.release();
        expect(received).toEqual(packets.map((packet) => packet.toString('hex')));
        expect(stream.partialBytes).toBe(0);
      },
    ),
    { numRuns: 500 },
  );
});

test('a length may be written with more bytes than it needs', () => {
  const {
    packets,
    bodies: [body],
  } = cut([Buffer.from('30828000aabb', 'hex')]);
  expect([packets.length, body]).toEqual([1, 'aabb']);
});

test('hostile bytes give packets or a violation, and nothing else', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 10 }), (chunks) => {
      try {
        cut(chunks.map((chunk) => Buffer.from(chunk)));
      } catch (error) {
        expect(error).toBeInstanceOf(ProtocolViolation);
      }
    }),
    { numRuns: 2_000 },
  );
});

test.each([
  ['a length above the bound', packetOf(0x30, Buffer.alloc(lengthMax + 1)).subarray(0, 4)],
  ['a length without an end', Buffer.from('30ffffffff', 'hex')],
  ['the longest length', Buffer.from('30ffffff7f', 'hex')],
])('%s is refused before the body comes', (_, bytes) => {
  expect(() => cut([bytes])).toThrow(ProtocolViolation);
  expect(() => cut([...bytes].map((byte) => Buffer.from([byte])))).toThrow(ProtocolViolation);
});

describe('memory', () => {
  test('is what has come and never more than the packet needs', () => {
    const packet = packetOf(0x30, Buffer.alloc(lengthMax));
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 3_000 }), { minLength: 1 }), (sizes) => {
        const stream = new PacketStream(lengthMax, () => undefined);
        let sent = 0;
        for (const size of sizes) {
          const end = Math.min(sent + size, packet.length);
          stream.push(packet.subarray(sent, end));
          sent = end;
          const { partialBytes } = stream;
          if (sent === packet.length) {
            expect(partialBytes).toBe(0);
            return;
          }
          expect(partialBytes).toBeGreaterThanOrEqual(sent);
          expect(partialBytes).toBeLessThanOrEqual(Math.min(2 * sent + 5, packet.length));
        }
      }),
    );
  });

  test('is given back with the last byte', () => {
    const stream = new PacketStream(lengthMax, () => undefined);
    stream.push(Buffer.from([0x30, 5, 1, 2]));
    expect(stream.partialBytes).toBe(4);
    stream.push(Buffer.from([3, 4, 5, 0xc0, 0]));
    expect(stream.partialBytes).toBe(0);
  });
});

test('bytes that come one by one while it is held cost time in proportion to their number', () => {
  const stream = new PacketStream(lengthMax, () => undefined);
  stream.hold();
  const byte = Buffer.from([0xc0]);
  const started = performance.now();
  for (let index = 0; index < 250_000; index++) {
    stream.push(byte);
  }
  expect(performance.now() - started).toBeLessThan(1_000);
  expect(stream.partialBytes).toBeLessThanOrEqual(500_000);
});

test('a packet that comes byte by byte costs time in proportion to its length', () => {
  const dripMs = (length: number): number => {
    const stream = new PacketStream(300_000, () => undefined);
    const bytes = packetOf(0x30, Buffer.alloc(length));
    const started = performance.now();
    for (let index = 0; index < bytes.length; index++) {
      stream.push(bytes.subarray(index, index + 1));
    }
    return performance.now() - started;
  };
  dripMs(10_000);
  // Quadratic, 250,000 bytes would be copied 31 billion times.
  expect(dripMs(250_000)).toBeLessThan(1_000);
});

test('what the listener throws leaves nothing behind that would count', () => {
  const stream = new PacketStream(lengthMax, () => {
    throw new ProtocolViolation('no');
  });
  stream.push(Buffer.from([0x30, 2, 1]));
  expect(() => {
    stream.push(Buffer.from([2, 0x30, 5, 1]));
  }).toThrow(ProtocolViolation);
  expect(stream.partialBytes).toBe(0);
});
