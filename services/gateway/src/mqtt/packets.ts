import { generate } from 'mqtt-packet';

/** CONNACK return codes that the hub sends (device-mqtt.md section 2.9); never 2 or 4. */
export const connackCode = {
  accepted: 0,
  unacceptableProtocol: 1,
  unavailable: 3,
  notAuthorized: 5,
} as const;

type ConnackCode = (typeof connackCode)[keyof typeof connackCode];

export function connack(code: ConnackCode, sessionPresent = false): Buffer {
  return Buffer.from([0x20, 2, sessionPresent && code === connackCode.accepted ? 1 : 0, code]);
}

/** Refuses MQTT 5 in its own words: reason 0x84, unsupported protocol version, no properties. */
export const connackUnsupportedMqtt5 = Buffer.from([0x20, 3, 0, 0x84, 0]);

export const pingresp = Buffer.from([0xd0, 0]);

export function suback(packetId: number, granted: readonly number[]): Buffer {
  return generate({ cmd: 'suback', messageId: packetId, granted: [...granted] });
}

export function unsuback(packetId: number): Buffer {
  return Buffer.from([0xb0, 2, packetId >> 8, packetId & 0xff]);
}

/** PUBLISH of QoS 1 where there is a packet id, otherwise of QoS 0. */
export function publish(topic: string, payload: Buffer | string, packetId?: number): Buffer {
  const packet = { cmd: 'publish', topic, payload, dup: false, retain: false } as const;
  return packetId === undefined
    ? generate({ ...packet, qos: 0 })
    : generate({ ...packet, qos: 1, messageId: packetId });
}

/** PUBACKs in one piece. */
export function pubacks(packetIds: readonly number[]): Buffer {
  const bytes = Buffer.allocUnsafe(packetIds.length * 4);
  let position = 0;
  for (const packetId of packetIds) {
    bytes[position++] = 0x40;
    bytes[position++] = 2;
    bytes[position++] = packetId >> 8;
    bytes[position++] = packetId & 0xff;
  }
  return bytes;
}
