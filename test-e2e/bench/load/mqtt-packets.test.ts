import { expect, test } from '@jest/globals';
import { generate } from 'mqtt-packet';
import { bodyOfPacket, endOfPacket } from './mqtt-packets.js';

test.each([1, 100, 200, 20_000])('a PUBLISH with a payload of %d bytes', (length) => {
  const rest = { qos: 1, messageId: 7, dup: false, retain: false } as const;
  const packet = generate({ cmd: 'publish', topic: 't', payload: Buffer.alloc(length), ...rest });
  const bytes = Buffer.concat([Buffer.alloc(3), packet, Buffer.alloc(2)]);
  const body = bodyOfPacket(bytes, 3);

  expect(endOfPacket(bytes, 3)).toBe(3 + packet.length);
  expect(bytes.toString('hex', body, body + 5)).toBe('0001740007');
});
