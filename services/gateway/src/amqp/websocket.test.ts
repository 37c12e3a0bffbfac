import { once } from 'node:events';
import { afterEach, expect, test } from '@jest/globals';
import { eventually } from '@linchpin/testing';
import { openWebSocket } from '../sockets/websocket/websocket-client.fake.js';
import { FakeAmqpGateway, tokenFor, type RheaDevice } from './gateway.fake.js';

let gateway: FakeAmqpGateway;

afterEach(() => {
  gateway.close();
});

async function connect(target: string): Promise<RheaDevice> {
  gateway = new FakeAmqpGateway();
  const { client: near, stream: far } = await openWebSocket(target, 'AMQPWSB10');
  return gateway.connect([], {}, { near, far });
}

test('amqp 11: a device connects, puts its token, and sends', async () => {
  const device = await connect('/$iothub/websocket');
  expect(await device.putToken(tokenFor('/devices/d1'))).toMatchObject({ status: 200 });
  const sender = await device.openSender('/devices/d1/messages/events');
  const accepted = once(sender as never, 'accepted');
  sender.send({ body: Buffer.alloc(200_000, 'x') });
  await accepted;
  expect(gateway.log.stored.map(({ body }) => body.length)).toEqual([200_000]);
});

test('amqp 11: the path of Event Hubs takes AMQP, and its close ends the connection', async () => {
  const device = await connect('/$servicebus/websocket');
  device.client.close();
  await once(device.sockets.far, 'close');
  await eventually(() => device.sockets.near.destroyed);
  expect(device.sockets.far.errored).toBeNull();
});
