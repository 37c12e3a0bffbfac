import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { generate, parser, type Packet } from 'mqtt-packet';
import { PacketStream } from './packet-stream.js';
import { ProtocolViolation } from './protocol-violation.js';
import { decodePublish, decodeTopic, type PublishPacket } from './publish-packet.js';

function decode(bytes: Buffer): PublishPacket {
  const decoded: PublishPacket[] = [];
  new PacketStream(300_000, (packet, bodyStart) => {
    decoded.push(decodePublish(packet, bodyStart));
  }).push(bytes);
  return decoded[0]!;
}

const topics = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 300 })
  .filter((topic) => !/[+#\0]/.test(topic));
const contents = fc.record({
  topic: topics,
  payload: fc.uint8Array({ maxLength: 2_000 }).map((body) => Buffer.from(body)),
  retain: fc.boolean(),
});

test('it reads what mqtt-packet writes', () => {
  fc.assert(
    fc.property(contents, fc.nat(65_535), (content, messageId) => {
      const fields = { cmd: 'publish', dup: false, ...content } as const;
      // QoS 1 has a packet id, which is never 0.
      const packet = decode(
        generate(messageId === 0 ? { ...fields, qos: 0 } : { ...fields, qos: 1, messageId }),
      );
      expect(decodeTopic(packet.topic)).toBe(content.topic);
      expect(packet.payload).toEqual(content.payload);
      expect([packet.retain, packet.packetId ?? 0]).toEqual([content.retain, messageId]);
    }),
    { numRuns: 1_000 },
  );
});

test('of any bytes, it reads what mqtt-packet reads, or calls them a violation', () => {
  fc.assert(
    fc.property(
      fc.nat(15),
      fc.oneof(
        fc.uint8Array({ maxLength: 60 }),
        // A short topic and some bytes more: mostly well-formed.
        fc
          .tuple(fc.uint8Array({ maxLength: 5 }), fc.uint8Array({ maxLength: 9 }))
          .map(([topic, rest]) => Buffer.from([0, topic.length, ...topic, ...rest])),
      ),
      (flags, body) => {
        const bytes = Buffer.from([0x30 | flags, body.length, ...body]);
        const theirs = readByMqttPacket(bytes);
        let ours: PublishPacket | undefined;
        try {
          ours = decode(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolViolation);
        }
        if (theirs === undefined || theirs.qos === 2 || theirs.messageId === 0) {
          expect(ours).toBeUndefined();
          return;
        }
        expect(ours?.topic.toString('utf8')).toBe(theirs.topic);
        expect(ours?.payload).toEqual(theirs.payload);
        expect(ours?.packetId).toBe(theirs.messageId);
      },
    ),
    { numRuns: 5_000 },
  );
});

describe('violations', () => {
  test.each([
    ['QoS 2', '34 05 0001 61 0001'],
    ['QoS 3', '36 05 0001 61 0001'],
    ['packet id 0', '32 05 0001 61 0000'],
    ['no packet id', '32 03 0001 61'],
    ['half a packet id', '32 04 0001 61 00'],
    ['no topic', '30 00'],
    ['half a topic length', '30 01 00'],
    ['a topic beyond the end', '30 03 0002 61'],
  ])('%s', (_, hex) => {
    expect(() => decode(Buffer.from(hex.replaceAll(' ', ''), 'hex'))).toThrow(ProtocolViolation);
  });

  test.each(['ff', 'c080', 'eda080', 'f4908080'])('a topic of %s, which is not UTF-8', (hex) => {
    expect(() => decodeTopic(Buffer.from(hex, 'hex'))).toThrow(ProtocolViolation);
  });
});

/** Undefined when it finds the packet malformed. */
function readByMqttPacket(bytes: Buffer): Extract<Packet, { cmd: 'publish' }> | undefined {
  const packets: Packet[] = [];
  const errors: Error[] = [];
  const decoder = parser({ protocolVersion: 4 });
  decoder.on('packet', (packet: Packet) => packets.push(packet));
  decoder.on('error', (error: Error) => errors.push(error));
  decoder.parse(bytes);
  const [packet] = packets;
  // It reads half a packet id as -1, and goes on.
  const isRead = errors.length === 0 && packet?.cmd === 'publish' && packet.messageId !== -1;
  return isRead ? packet : undefined;
}

describe('a payload keeps alive little more than itself', () => {
  const packetOf = (topicBytes: number, payloadBytes: number): Buffer =>
    generate({
      ...{ cmd: 'publish', qos: 1, messageId: 1, dup: false, retain: false },
      topic: 't'.repeat(topicBytes),
      payload: Buffer.alloc(payloadBytes, 'p'),
    });
  const kept = (topicBytes: number, payloadBytes: number): number =>
    decode(Buffer.concat([packetOf(topicBytes, payloadBytes)])).payload.buffer.byteLength;

  test.each([
    ['a small one among other packets', 30, 200, Buffer.poolSize],
    ['a larger one behind a long topic', 60_000, 5_000, Buffer.poolSize],
    ['a large one', 30, 200_000, 200_100],
  ])('%s', (_name, topicBytes, payloadBytes, bytesMax) => {
    expect(kept(topicBytes, payloadBytes)).toBeLessThanOrEqual(bytesMax);
  });

  test('a small one does not share the memory of what it came in', () => {
    const packet = packetOf(30, 200);
    const bytes = Buffer.concat([packet, Buffer.alloc(60_000, Buffer.from([0xc0, 0]))]);
    const { payload } = decode(bytes.subarray(0, packet.length));
    expect(payload.buffer).not.toBe(bytes.buffer);
  });
});
