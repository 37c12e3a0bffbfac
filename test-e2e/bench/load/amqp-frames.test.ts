import { expect, test } from '@jest/globals';
import { released } from '@linchpin/amqp';
import { encodeTransfer } from '@linchpin/amqp/client-frames';
import {
  descriptorOf,
  descriptors,
  endOfFrame,
  readAccepted,
  readDeliveryId,
  readSaslCode,
} from './amqp-frames.js';
import { framesOf, openingOfSender } from './amqp-opening.js';
import { AmqpServer } from './amqp-server.fake.js';
import { TransferTemplate } from './transfer-template.js';
import { UnitStream } from './unit-stream.js';

const device = { id: 'd1', generationId: '1', token: 't', connectPacket: Buffer.alloc(0) };
const opening = openingOfSender(device, 'hub');
const template = new TransferTemplate({
  device,
  host: 'hub',
  payload: Buffer.from('x'),
  hasProperties: false,
});

function descriptorsOf(bytes: Buffer): (number | undefined)[] {
  const found: (number | undefined)[] = [];
  const stream = new UnitStream(endOfFrame, (all, start, end) => {
    found.push(descriptorOf(all, start, end));
  });
  stream.push(bytes);
  return found;
}

test('an opening is answered up to the frame by which the link may be used', () => {
  const server = new AmqpServer();
  const layer = server.push(opening.sasl);
  const link = server.push(opening.link);

  expect(descriptorsOf(layer)).toEqual([undefined, 0x40, descriptors.saslOutcome]);
  expect(descriptorsOf(link).at(-1)).toBe(opening.readyAt);
});

test.each([
  ['of a welcome', '0000001a 02010000 005344 c00d02 5000 a008 57656c636f6d6521', 0],
  ['of a refusal', '00000011 02010000 005344 c00402 5001 40', 1],
])('the code of SASL %s', (_, hex, code) => {
  expect(readSaslCode(Buffer.from(hex.replaceAll(' ', ''), 'hex'), 0)).toBe(code);
});

test('what is settled as accepted is read, also in ranges and from long ids', () => {
  const server = AmqpServer.open(opening);
  server.push(template.messages([70_000, 70_001, 70_002]));
  server.settle(server.deliveries);

  expect(readAccepted(server.take(), 0)).toEqual({ first: 70_000, last: 70_002 });
});

test('of one delivery the last may be left out, as rhea does', () => {
  const hex = '00000017 02000000 005315 c00a05 41 5207 40 41 00532445';

  expect(readAccepted(Buffer.from(hex.replaceAll(' ', ''), 'hex'), 0)).toEqual({
    first: 7,
    last: 7,
  });
});

test('another outcome is no acknowledgement', () => {
  const server = AmqpServer.open(opening);
  server.push(template.messages([1]));
  server.settle(server.deliveries, released);

  expect(() => readAccepted(server.take(), 0)).toThrow('instead of accepted came');
});

test.each([0, 7, 255, 256, 0xfffffffe])('the id of delivery %d', (deliveryId) => {
  const transfer = {
    handle: 3,
    deliveryId,
    deliveryTag: Buffer.alloc(16),
    messageFormat: 0,
    settled: null,
    more: null,
    aborted: null,
  };
  const frame = framesOf((output) => {
    output.writeFrame(0, encodeTransfer, transfer, Buffer.alloc(300));
  });

  expect(readDeliveryId(frame, 0)).toBe(deliveryId);
});

test('a frame that has not come whole has no end', () => {
  const frame = template.messages([1]);

  expect(endOfFrame(frame, 0)).toBe(frame.length);
  expect(endOfFrame(frame.subarray(0, -1), 0)).toBeUndefined();
  expect(endOfFrame(frame.subarray(0, 5), 0)).toBeUndefined();
});
