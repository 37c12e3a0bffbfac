import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { publishPacket, subscribePacket } from './client.fake.js';
import { FakeGateway, turns } from './gateway.fake.js';

const accepted = '20020000';

test('device-mqtt 27: one SUBSCRIBE with four filters gets four codes, in order', async () => {
  const gateway = new FakeGateway();
  const { client } = await gateway.connect();
  client.send(
    subscribePacket(9, [
      ['$iothub/methods/POST/#', 1],
      ['$iothub/twin/res/#', 0],
      ['devices/d1/messages/devicebound/#', 2],
      ['$iothub/twin/PATCH/properties/desired/#', 0],
    ]),
  );
  expect((await client.receive(2))[1]).toMatchObject({
    cmd: 'suback',
    messageId: 9,
    granted: [1, 0, 1, 0],
  });
});

test('device-mqtt 20: what was subscribed to is in force again, without SUBSCRIBE', async () => {
  const store = new FakeGateway().store;
  const first = new FakeGateway({ store });
  const one = await first.connect();
  one.client.send(subscribePacket(1, [['$iothub/twin/res/#', 0]]));
  await one.client.receive(2);
  one.client.send({ cmd: 'disconnect' });
  await one.client.closed;
  await turns();

  const second = new FakeGateway({ store });
  const two = await second.connect();
  expect(two.client.hex).toBe('20020100');
  two.client.send(publishPacket('$iothub/twin/GET/?$rid=1', ' '));
  expect((await two.client.receive(2))[1]).toMatchObject({ cmd: 'publish' });
});

test('a clean session keeps nothing', async () => {
  const gateway = new FakeGateway();
  const one = await gateway.connect({ clean: true });
  one.client.send(subscribePacket(1, [['$iothub/twin/res/#', 0]]));
  await one.client.receive(2);
  one.client.send({ cmd: 'disconnect' });
  await one.client.closed;
  await turns();
  expect(gateway.store.sessions.size).toBe(0);
});

test('answers come in the order of the questions, and the last change counts', async () => {
  const gateway = new FakeGateway();
  const { client } = await gateway.connect();
  const filter = '$iothub/twin/res/#';
  client.send(
    subscribePacket(1, [[filter, 0]]),
    { cmd: 'unsubscribe', messageId: 2, unsubscriptions: [filter, 'unknown/#'] },
    subscribePacket(3, [[filter, 1]]),
    { cmd: 'unsubscribe', messageId: 4, unsubscriptions: [filter] },
  );
  const answers = (await client.receive(5)).slice(1);
  expect(answers.map(({ cmd, messageId }) => `${cmd} ${messageId!}`)).toEqual([
    'suback 1',
    'unsuback 2',
    'suback 3',
    'unsuback 4',
  ]);
  expect([...gateway.store.sessions.values()][0]?.subscriptions.size).toBe(0);
});

test('who waits for a device hears when methods reach it, once for each time that they begin to', async () => {
  const gateway = new FakeGateway();
  const one = await gateway.connect();
  expect(gateway.store.announced).toEqual([]);
  one.client.send(
    subscribePacket(1, [['$iothub/twin/res/#', 0]]),
    subscribePacket(2, [['$iothub/methods/POST/#', 0]]),
    subscribePacket(3, [['$iothub/methods/POST/#', 1]]),
  );
  await one.client.receive(4);
  expect(gateway.store.announced).toEqual(['h/d1']);
  await one.connection.end('connection-lost');
  await gateway.connect();
  expect(gateway.store.announced).toEqual(['h/d1', 'h/d1']);
});

test('device-mqtt 31: UNSUBSCRIBE of an unknown filter gets UNSUBACK', async () => {
  const gateway = new FakeGateway();
  const { client } = await gateway.connect();
  client.send({ cmd: 'unsubscribe', messageId: 0x1234, unsubscriptions: ['whatever'] });
  await client.receive(2);
  expect(client.hex).toBe(`${accepted}b0021234`);
});

test.each([
  ['a foreign device', [['devices/d2/messages/devicebound/#', 0]]],
  ['everything', [['#', 0]]],
  [
    'one good and one bad',
    [
      ['$iothub/twin/res/#', 0],
      ['bad', 0],
    ],
  ],
] as const)('device-mqtt 26: a SUBSCRIBE to %s closes, without 0x80', async (_, filters) => {
  const gateway = new FakeGateway();
  const { client } = await gateway.connect();
  client.send(subscribePacket(1, filters));
  await client.closed;
  expect(client.hex).toBe(accepted);
  expect([...gateway.store.sessions.values()][0]?.subscriptions.size).toBe(0);
});

test('device-mqtt 26: a sixth subscription closes', async () => {
  const gateway = new FakeGateway();
  const { client } = await gateway.connect();
  const filters = [
    '$iothub/twin/res/#',
    '$iothub/twin/PATCH/properties/desired/#',
    '$iothub/methods/POST/#',
    'devices/d1/messages/devicebound/#',
    'devices/+/messages/devicebound/#',
    'devices/d1/messages/devicebound',
  ].map((filter) => [filter, 0] as const);
  client.send(subscribePacket(1, filters.slice(0, 5)));
  await client.receive(2);
  client.send(subscribePacket(2, filters.slice(5)));
  await client.closed;
  expect(client.packets).toHaveLength(2);
});

test('a store that does not answer closes, and the client may try again', async () => {
  const gateway = new FakeGateway();
  const { client } = await gateway.connect();
  gateway.store.isAway = true;
  client.send(subscribePacket(1, [['$iothub/twin/res/#', 0]]));
  await client.closed;
  gateway.store.isAway = false;
  await turns();
  expect(gateway.events.at(-1)).toBe('deviceDisconnected store-failed');
});

test('a flood of SUBSCRIBE is read no faster than it is kept', async () => {
  const gateway = new FakeGateway();
  const { client, socket } = await gateway.connect();
  const answers: (() => void)[] = [];
  gateway.services.presence.subscribe = () =>
    new Promise((resolve) => {
      answers.push(resolve);
    });
  const flood = Array.from({ length: 16 }, () => subscribePacket(1, [['$iothub/twin/res/#', 0]]));
  client.send(...flood);
  client.send(...flood);
  await turns();
  expect([socket.isPaused(), answers.length]).toEqual([true, 1]);
  while (client.packets.length < 33) {
    answers.shift()?.();
    await turn();
  }
  expect(socket.isPaused()).toBe(false);
});
