import { expect, test } from '@jest/globals';
import { accepted } from '@linchpin/amqp';
import { acceptedFrame, creditFrame } from './amqp-command-device.js';
import { descriptorOf, descriptors, endOfFrame, readDeliveryId } from './amqp-frames.js';
import { openingOfReceiver } from './amqp-opening.js';
import { AmqpServer } from './amqp-server.fake.js';
import { commandBody, numberOfCommand } from './command-body.js';

const device = { id: 'd1', generationId: '1', token: 't', connectPacket: Buffer.alloc(0) };

test('what a server sends is told by its number, and settled as accepted', () => {
  const opening = openingOfReceiver(device, 'hub');
  const server = new AmqpServer();
  server.push(opening.sasl);
  const answer = server.push(opening.link);
  server.push(creditFrame);
  const payload = Buffer.from(commandBody(42, 200));
  server.outgoing?.send({ tag: Buffer.alloc(16), payload });
  const frame = server.take();
  server.push(acceptedFrame(readDeliveryId(frame, 0)));

  expect(answer.includes(Buffer.from('devicebound'))).toBe(true);
  expect(descriptorOf(frame, 0, endOfFrame(frame, 0) ?? 0)).toBe(descriptors.transfer);
  expect(numberOfCommand(frame, frame.length)).toBe(42);
  expect(server.outcomes.map(([delivery, outcome]) => [delivery.settled, outcome])).toEqual([
    [true, accepted],
  ]);
});

test.each([0, 300, 0xffffffff])('the id of delivery %d is written twice', (id) => {
  const hex = Buffer.alloc(4);
  hex.writeUInt32BE(id);

  expect(acceptedFrame(id).toString('hex')).toContain(`70${hex.toString('hex')}`.repeat(2));
});
