import { expect, test } from '@jest/globals';
import { endOfPacket } from './mqtt-packets.js';
import { UnitStream } from './unit-stream.js';

const short = Buffer.from('40020001', 'hex');
const long = Buffer.concat([Buffer.from('30c801', 'hex'), Buffer.alloc(200, 'x')]);
const all = Buffer.concat([short, long, short]);

function cut(chunks: readonly Buffer[]): string[] {
  const packets: string[] = [];
  const stream = new UnitStream(endOfPacket, (bytes, start, end) => {
    packets.push(bytes.toString('hex', start, end));
  });
  for (const chunk of chunks) {
    stream.push(chunk);
  }
  return packets;
}

test.each(Array.from({ length: all.length }, (_, index) => index))(
  'packets are whole, wherever they are cut: %d',
  (index) => {
    const packets = cut([all.subarray(0, index), all.subarray(index)]);

    expect(packets).toEqual([short, long, short].map((packet) => packet.toString('hex')));
  },
);

test('what has not come whole is not told', () => {
  expect(cut([all.subarray(0, -1)])).toHaveLength(2);
});
