import { expect, test } from '@jest/globals';
import { SentPackets } from './sent-packets.js';

test('ids rise from 1 to 0x7fff and begin anew, but for those in use', () => {
  const sent = new SentPackets<string>();
  for (let id = 1; id <= 0x7fff; id++) {
    expect(sent.freeId()).toBe(id);
  }
  sent.add(1, 'a');
  sent.add(2, 'b');
  expect(sent.freeId()).toBe(3);
});

test('what is acknowledged is found once', () => {
  const sent = new SentPackets<string>();
  sent.add(7, 'a');
  expect([sent.take(8), sent.take(7), sent.take(7)]).toEqual([undefined, 'a', undefined]);
});
