import { isUtf8 } from 'node:buffer';
import { keepable } from '../sockets/keepable.js';
import { ProtocolViolation } from './protocol-violation.js';

/** A PUBLISH of QoS 0 or 1. The topic is a view of what the socket gave. */
export interface PublishPacket {
  readonly topic: Buffer;
  /** May be kept for as long as it takes: see `keepable`. */
  readonly payload: Buffer;
  readonly retain: boolean;
  /** Undefined for QoS 0, which is not acknowledged. */
  readonly packetId: number | undefined;
}

/*
  PUBLISH (MQTT 3.1.1 section 3.3)
    packet = 0011 dup:1 qos:2 retain:1, remainingLength, body
    body   = topicLength:uint16 topic [ packetId:uint16 ] payload
*/

/**
 * Decoded here and not by mqtt-packet, which every other packet goes through: it is the hot path,
 * and a message costs 1.3 to 3 CPU-µs less so (docs/adr/0004).
 *
 * @throws ProtocolViolation
 */
export function decodePublish(packet: Buffer, bodyStart: number): PublishPacket {
  const flags = packet[0] ?? 0;
  const qos = (flags >> 1) & 0b11;
  if (qos > 1) {
    // device-mqtt.md section 4.1: QoS 2 is closed upon, without a PUBREC; 3 is [MQTT-3.3.1-4].
    throw new ProtocolViolation(`PUBLISH with QoS ${qos}`);
  }
  if (packet.length < bodyStart + 2) {
    throw new ProtocolViolation('PUBLISH without a topic');
  }
  const topicStart = bodyStart + 2;
  const topicEnd = topicStart + packet.readUInt16BE(bodyStart);
  const payloadStart = topicEnd + 2 * qos;
  if (payloadStart > packet.length) {
    throw new ProtocolViolation('PUBLISH shorter than its topic');
  }
  const packetId = qos === 0 ? undefined : packet.readUInt16BE(topicEnd);
  if (packetId === 0) {
    throw new ProtocolViolation('PUBLISH with packet id 0'); // [MQTT-2.3.1-1]
  }
  return {
    topic: packet.subarray(topicStart, topicEnd),
    payload: keepable(packet.subarray(payloadStart), packet),
    retain: (flags & 1) === 1,
    packetId,
  };
}

/** @throws ProtocolViolation when it is not UTF-8 [MQTT-1.5.3-1] */
export function decodeTopic(topic: Buffer): string {
  if (!isUtf8(topic)) {
    throw new ProtocolViolation('a topic that is not UTF-8');
  }
  return topic.toString('utf8');
}
