/** As much of MQTT's packets as the load generator reads by the byte. */
import { generate } from 'mqtt-packet';

export const disconnectPacket = generate({ cmd: 'disconnect' });

/** Where the packet ends that begins here; undefined while not all of it is there. */
export function endOfPacket(bytes: Buffer, start: number): number | undefined {
  let length = 0;
  for (let index = start + 1; index < bytes.length; index += 1) {
    const byte = bytes[index] ?? 0;
    length += (byte & 0x7f) * 128 ** (index - start - 1);
    if (byte < 0x80) {
      const end = index + 1 + length;
      return end <= bytes.length ? end : undefined;
    }
  }
  return undefined;
}

/** What stands behind the fixed header of a packet that is whole. */
export function bodyOfPacket(bytes: Buffer, start: number): number {
  let index = start + 1;
  while ((bytes[index] ?? 0) >= 0x80) {
    index += 1;
  }
  return index + 1;
}
