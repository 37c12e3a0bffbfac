import { expect, test } from '@jest/globals';
import { openWebSocket } from '../sockets/websocket/websocket-client.fake.js';
import { connectPacket, FakeClient, publishPacket } from './client.fake.js';
import { FakeGateway, turns } from './gateway.fake.js';

const events = 'devices/d1/messages/events/';
const target = '/$iothub/websocket?iothub-no-client-cert=true';

async function setUp(gateway = new FakeGateway(), subprotocol = 'mqtt') {
  const { client, stream, protocol } = await openWebSocket(target, subprotocol);
  return {
    ...{ gateway, stream, protocol },
    client: new FakeClient(client),
    connection: gateway.serve(stream),
  };
}

test('device-mqtt 4: a device connects, publishes, and says goodbye', async () => {
  const { gateway, client, stream, protocol } = await setUp();
  client.send(connectPacket(), publishPacket(events, 'x', { qos: 1, messageId: 7 }));
  await client.receive(2);
  client.send({ cmd: 'disconnect' });
  await client.closed;

  expect([protocol, client.hex]).toEqual(['mqtt', '20020000' + '40020007']);
  expect(gateway.log.stored).toHaveLength(1);
  expect([gateway.events.at(-1), stream.writableEnded]).toEqual([
    'deviceDisconnected client-disconnect',
    true,
  ]);
});

test('who is refused gets CONNACK, and then the close', async () => {
  const { client } = await setUp(undefined, 'MQTT');
  client.send(connectPacket({ password: Buffer.from('bad') }));
  await client.closed;
  expect(client.hex).toBe('20020005');
});

test('what a device sent before it closed is stored, and it is gone then', async () => {
  const { gateway, client, connection } = await setUp();
  client.send(connectPacket());
  await client.receive(1);
  client.send(publishPacket(events, 'x'));
  client.stream.end();
  await client.closed;
  await turns();
  expect([gateway.log.stored.length, connection.isEnded]).toEqual([1, true]);
  expect(gateway.events.at(-1)).toBe('deviceDisconnected connection-lost');
});

test('a device is read no further than can be stored', async () => {
  const { gateway, client, stream } = await setUp(new FakeGateway({ pendingPublishesMax: 3 }));
  gateway.log.isHeld = true;
  client.send(connectPacket());
  await client.receive(1);
  for (let messageId = 1; messageId <= 10; messageId++) {
    client.send(publishPacket(events, 'x', { qos: 1, messageId }));
    await turns(3);
  }
  expect([stream.isPaused(), gateway.log.waiting.length]).toEqual([true, 3]);
  gateway.log.isHeld = false;
  gateway.log.settle();
  await client.receive(11);
  expect([stream.isPaused(), gateway.log.stored.length]).toEqual([false, 10]);
});

test('a device that does not read is not read either, and gets all its answers later', async () => {
  const { client, stream } = await setUp();
  client.send(connectPacket());
  await client.receive(1);
  client.stream.pause();
  for (let index = 0; index < 8; index++) {
    client.send(Buffer.alloc(16_000, Buffer.from([0xc0, 0])));
  }
  await turns(200);
  expect([stream.isPaused(), stream.writableNeedDrain]).toEqual([true, true]);
  client.stream.resume();
  await client.receive(1 + 8 * 8_000);
});
