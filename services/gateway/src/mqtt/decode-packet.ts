import { parser, type Packet } from 'mqtt-packet';
import { ProtocolViolation } from './protocol-violation.js';

/** The types of control packets that need no decoding, by the first byte (MQTT 3.1.1 section 2.2). */
export const packetType = {
  connect: 1,
  publish: 3,
  puback: 4,
  subscribe: 8,
  unsubscribe: 10,
  pingreq: 12,
  disconnect: 14,
} as const;

export function packetTypeOf(packet: Buffer): number {
  return (packet[0] ?? 0) >> 4;
}

/**
 * Decodes one whole packet.
 *
 * @throws ProtocolViolation when it is malformed
 */
export function decodePacket(packet: Buffer): Packet {
  // A parser for each packet: one that is kept takes over what an earlier CONNECT claimed.
  const decoder = parser({ protocolVersion: 4 });
  let decoded: Packet | undefined;
  decoder.on('packet', (result: Packet) => {
    decoded = result;
  });
  decoder.on('error', (error: Error) => {
    throw new ProtocolViolation(error.message, { cause: error });
  });
  decoder.parse(packet);
  if (decoded === undefined) {
    throw new ProtocolViolation('a packet that ends too early');
  }
  if (decoded.messageId !== undefined && decoded.messageId < 1) {
    throw new ProtocolViolation(`${decoded.cmd} without a packet id`); // [MQTT-2.3.1-1]
  }
  return decoded;
}

/** Of PINGREQ and DISCONNECT, which have no body, and whose flags are 0. @throws ProtocolViolation */
export function expectBare(packet: Buffer): void {
  if (packet.length !== 2 || ((packet[0] ?? 0) & 0x0f) !== 0) {
    throw new ProtocolViolation('a PINGREQ or DISCONNECT with something in it');
  }
}
