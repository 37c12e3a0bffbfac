import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { generate, type Packet } from 'mqtt-packet';
import { connectPacket, subscribePacket, willOf } from './client.fake.js';
import { decodePacket, packetType, packetTypeOf } from './decode-packet.js';
import { ProtocolViolation } from './protocol-violation.js';

const whole: readonly Packet[] = [
  connectPacket({ will: willOf('a/b', 'gone') }),
  subscribePacket(1, [
    ['a/#', 0],
    ['b', 1],
  ]),
  { cmd: 'unsubscribe', messageId: 2, unsubscriptions: ['a/#', 'b'] },
  { cmd: 'puback', messageId: 3 },
];

/** A packet with any first byte and body, and its true length in between. */
const anyPacket = fc
  .tuple(fc.nat(255), fc.uint8Array({ maxLength: 120 }))
  .map(([first, body]) => Buffer.from([first, body.length, ...body]));

/** A good packet with some bytes changed, the length excepted. */
const spoiltPacket = fc
  .tuple(
    fc.constantFrom(...whole.map((packet) => generate(packet))),
    fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }),
  )
  .map(([packet, changes]) => {
    const spoilt = Buffer.from(packet);
    for (const [place, value] of changes) {
      spoilt[2 + (place % (spoilt.length - 2))] = value;
    }
    return spoilt;
  });

test('the type is in the first byte', () => {
  const types = whole.map((packet) => packetTypeOf(generate(packet)));
  const { connect, subscribe, unsubscribe, puback } = packetType;
  expect(types).toEqual([connect, subscribe, unsubscribe, puback]);
});

test('whole packets are read', () => {
  for (const packet of whole) {
    expect(decodePacket(generate(packet))).toMatchObject({ cmd: packet.cmd });
  }
});

test('hostile packets give a packet or a violation, and quickly', () => {
  const started = performance.now();
  fc.assert(
    fc.property(fc.oneof(anyPacket, spoiltPacket), (bytes) => {
      try {
        decodePacket(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(ProtocolViolation);
      }
    }),
    { numRuns: 10_000 },
  );
  expect(performance.now() - started).toBeLessThan(10_000);
});

// The second: lengths at which a packet is whole as well, with fewer filters or none.
test.each([
  [whole[0]!, []],
  [whole[1]!, [4, 10]],
  [whole[2]!, [4, 9]],
  [whole[3]!, []],
])('a packet that is cut short is a violation: %j', (packet, wholeLengths) => {
  const bytes = generate(packet);
  const lengths = Array.from({ length: bytes.length - 3 }, (_, index) => index + 3);
  for (const length of lengths.filter((other) => !wholeLengths.includes(other as never))) {
    const short = Buffer.from(bytes.subarray(0, length));
    short[1] = length - 2;
    expect(() => decodePacket(short)).toThrow(ProtocolViolation);
  }
});

describe('no state is carried over', () => {
  test('from a CONNECT that claims another version', () => {
    const mqtt5 = generate(connectPacket({ protocolVersion: 5 } as never));
    const subscribe = generate(whole[1]!);
    const before = decodePacket(subscribe);
    decodePacket(mqtt5);
    expect(decodePacket(subscribe)).toEqual(before);
  });

  test('from a packet that was malformed', () => {
    expect(() => decodePacket(Buffer.from('820100', 'hex'))).toThrow(ProtocolViolation);
    expect(decodePacket(generate(whole[3]!))).toMatchObject({ cmd: 'puback', messageId: 3 });
  });
});

test.each([
  ['a SUBSCRIBE with packet id 0', '82 06 0000 0001 61 00'],
  ['a SUBSCRIBE with wrong flags', '80 06 0001 0001 61 00'],
  ['a SUBSCRIBE with QoS 3', '82 06 0001 0001 61 03'],
  ['an UNSUBSCRIBE with wrong flags', 'a0 05 0001 0001 61'],
  ['a PUBACK without packet id', '40 00'],
  ['a CONNECT with its reserved flag', '10 0d 0004 4d515454 04 03 003c 0001 61'],
  ['type 0', '00 00'],
  ['type 15', 'f0 00'],
])('%s is a violation', (_, hex) => {
  expect(() => decodePacket(Buffer.from(hex.replaceAll(' ', ''), 'hex'))).toThrow(
    ProtocolViolation,
  );
});
