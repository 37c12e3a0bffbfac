import { once } from 'node:events';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { eventually } from '@linchpin/testing';
import rhea, { type Message, type Sender } from 'rhea';
import { FakeAmqpGateway, tokenFor, type RheaDevice } from './gateway.fake.js';
import { TelemetryLink } from './telemetry-link.js';

let gateway: FakeAmqpGateway;
let device: RheaDevice;
let sender: Sender;

beforeEach(async () => {
  gateway = new FakeAmqpGateway();
  device = await gateway.connectDevice();
  sender = await device.openSender('/devices/d1/messages/events');
});

afterEach(() => {
  jest.restoreAllMocks();
  gateway.close();
});

const batchFormat = 0x80013700;

test('amqp 28: a batch is stored message by message, and has one outcome', async () => {
  let outcomes = 0;
  sender.on('accepted', () => {
    outcomes += 1;
  });
  const parts = ['a', 'b', 'c'].map((body) => rhea.message.encode({ body }));
  const body = rhea.message.data_sections(parts) as object;
  sender.send(rhea.message.encode({ body }), undefined, batchFormat);
  await eventually(() => gateway.log.stored.length === 3 && outcomes > 0);

  expect(outcomes).toBe(1);
  expect(gateway.log.stored.map((stored) => stored.body.toString())).toEqual(['a', 'b', 'c']);
});

test('amqp 30: what the hub says of a message no device can say, nor pass off as a system property', async () => {
  const message: Message = {
    message_id: 'real',
    application_properties: {
      'iothub-connection-device-id': 'd2',
      'iothub-enqueuedtime': 'then',
      'message-id': 'forged',
      room: 'kitchen',
    },
    body: 'a',
  };
  sender.send(message);
  await eventually(() => gateway.log.stored.length === 1);

  expect(gateway.log.stored[0]?.properties).toEqual([
    ['message-id', 'real'],
    ['room', 'kitchen'],
  ]);
});

test('what a link has taken that fails as it opens is stored before its connection is over', async () => {
  await device.putToken(tokenFor('/devices/d2'));
  gateway.log.isHeld = true;
  const bodies = Array<Buffer>(1_001).fill(Buffer.alloc(0));
  await gateway.sendEarly(device, '/devices/d2/messages/events', bodies);
  expect(gateway.log.waiting).toHaveLength(1_000);
  let isOver = false;
  const closed = once(device.sockets.far, 'close');
  const over = device.connection.drain().then(() => {
    isOver = true;
  });
  await closed;
  await new Promise(setImmediate);
  expect(isOver).toBe(false);
  gateway.log.settle();
  await over;
  expect(gateway.log.stored).toHaveLength(1_000);
});

test('each link of a device that stays connected is waited for once, however many come and go', async () => {
  await device.openSender('/devices/d1/twin');
  gateway.log.isHeld = true;
  const idle = jest.spyOn(TelemetryLink.prototype, 'idle');
  for (let number = 1; number <= 20; number++) {
    sender.send({ body: `m${number}` });
    await eventually(() => gateway.log.waiting.length === number);
    sender.close();
    sender = await device.openSender('/devices/d1/messages/events');
  }
  expect(idle).toHaveBeenCalledTimes(20);

  gateway.log.settle();
  expect(gateway.log.bodies).toHaveLength(20);
  sender.send({ body: 'the last' });
  await eventually(() => gateway.log.waiting.length === 1);
});
