import { describe, expect, test } from '@jest/globals';
import { fakeGrant } from '../domain/authenticator.fake.js';
import { connectPacket, publishPacket } from './client.fake.js';
import { FakeGateway, turns } from './gateway.fake.js';

const events = 'devices/d1/messages/events/';

describe('reading no more than can be stored', () => {
  test('at the bound of waiting messages it pauses, and reads on behind their PUBACKs', async () => {
    const gateway = new FakeGateway({ pendingPublishesMax: 3 });
    gateway.log.isHeld = true;
    const { client, socket, connection } = await gateway.connect();
    const publish = (messageId: number) => publishPacket(events, 'x', { qos: 1, messageId });
    client.send(publish(1), publish(2), publish(3));
    await turns();
    client.send(publish(4));
    await turns();
    expect([socket.isPaused(), gateway.log.waiting.length]).toEqual([true, 3]);
    connection.checkDeadlines(performance.now() + 10_000_000);
    expect(connection.isEnded).toBe(false);
    gateway.log.settle(1);
    await turns();
    expect([socket.isPaused(), gateway.log.waiting.length]).toEqual([true, 3]);
    gateway.log.settle();
    await client.receive(5);
    expect(socket.isPaused()).toBe(false);
  });

  test('while the log is full, whoever has something waiting pauses; others are still read', async () => {
    const gateway = new FakeGateway();
    gateway.log.isHeld = true;
    gateway.log.isFull = true;
    const quiet = await gateway.connect({ clientId: 'd2', keepalive: 10 });
    const busy = await gateway.connect();
    busy.client.send(publishPacket(events, 'x', { qos: 1, messageId: 1 }));
    quiet.client.send({ cmd: 'pingreq' });
    await quiet.client.receive(2);
    quiet.client.send({ cmd: 'pingreq' });
    await quiet.client.receive(3);
    expect([busy.socket.isPaused(), quiet.socket.isPaused()]).toEqual([true, false]);
    busy.client.send(publishPacket(events, 'y', { qos: 1, messageId: 2 }));
    await turns();
    expect(gateway.log.waiting).toHaveLength(1);
    gateway.log.settle();
    await turns();
    expect(gateway.log.waiting).toHaveLength(1);
    gateway.log.isFull = false;
    gateway.log.settle();
    await busy.client.receive(3);
    expect(busy.socket.isPaused()).toBe(false);
  });

  test('device-mqtt 62: while far too much waits, a message ends its connection', async () => {
    const gateway = new FakeGateway();
    const { client } = await gateway.connect();
    gateway.log.isHubOverfull = true;
    client.send({ cmd: 'pingreq' });
    await client.receive(2);
    client.send(publishPacket(events, 'x', { qos: 1, messageId: 1 }));
    await client.closed;
    expect(gateway.lines.at(-1)).toMatchObject({
      cause: 'store-failed',
      errorCode: 'ThrottleBacklogLimitExceeded',
    });
  });

  test('silence counts again from the moment that it reads on', async () => {
    const gateway = new FakeGateway({ pendingPublishesMax: 1 });
    gateway.log.isHeld = true;
    const { client, connection } = await gateway.connect({ keepalive: 10 });
    client.send(publishPacket(events, 'x', { qos: 1, messageId: 1 }));
    await turns();
    gateway.log.settle();
    await client.receive(2);
    connection.checkDeadlines(performance.now() + 14_900);
    expect(connection.isEnded).toBe(false);
    connection.checkDeadlines(performance.now() + 15_100);
    expect(connection.isEnded).toBe(true);
  });

  test('a client that does not read is not read either, and its answers do not pile up', async () => {
    const gateway = new FakeGateway();
    const { client, socket } = await gateway.connect();
    client.stream.pause();
    const pings = Buffer.alloc(16_000, Buffer.from([0xc0, 0]));
    for (let index = 0; index < 6; index++) {
      client.send(pings);
    }
    await turns(200);
    expect(socket.isPaused()).toBe(true);
    expect(socket.writableLength).toBeLessThan(64_000);
    client.stream.resume();
    const all = 6 * 8_000;
    expect((await client.receive(1 + all)).length).toBe(1 + all);
  });

  test('a client that never reads its answers is silent, and its connection ends', async () => {
    const gateway = new FakeGateway();
    const { client, socket, connection } = await gateway.connect({ keepalive: 10 });
    client.stream.pause();
    for (let index = 0; index < 6; index++) {
      client.send(Buffer.alloc(16_000, Buffer.from([0xc0, 0])));
    }
    await turns(200);
    expect(socket.isPaused()).toBe(true);
    connection.checkDeadlines(performance.now() + 10_000);
    expect(connection.isEnded).toBe(false);
    connection.checkDeadlines(performance.now() + 15_100);
    expect(connection.isEnded).toBe(true);
  });

  test('answers to one piece of input are one write', async () => {
    const gateway = new FakeGateway();
    const { client, socket } = await gateway.connect();
    const writes: number[] = [];
    const write = socket.write.bind(socket);
    socket.write = ((chunk: Buffer) => {
      writes.push(chunk.length);
      return write(chunk);
    }) as typeof socket.write;
    client.send(Buffer.alloc(1_000, Buffer.from([0xc0, 0])));
    await client.receive(501);
    expect(writes).toEqual([1_000]);
  });
});

describe('while the hub does more than it may', () => {
  const limits = { sku: 'S1', units: 1, unlimited: false } as const;
  const publish = (messageId: number) => publishPacket(events, 'x', { qos: 1, messageId });

  async function setUpBusy() {
    const gateway = new FakeGateway();
    gateway.authenticator.grant = { ...fakeGrant, limits };
    const opened = await gateway.connect();
    const budget = gateway.budgets.get('h/7/telemetry');
    budget.atHand = 0;
    return { gateway, budget, ...opened };
  }

  async function setUpSpent() {
    const gateway = new FakeGateway();
    gateway.authenticator.grant = { ...fakeGrant, limits };
    const opened = await gateway.connect();
    const quota = gateway.budgets.get('h/7/messages/2026-11-25');
    quota.atHand = 0;
    return { gateway, quota, ...opened };
  }

  test('its devices get their PUBACKs later, and their PINGRESPs at once', async () => {
    const { budget, client, socket } = await setUpBusy();
    client.send(publish(1), publish(2), { cmd: 'pingreq' });
    await client.receive(2);
    expect([client.packets[1]?.cmd, socket.isPaused()]).toEqual(['pingresp', false]);
    budget.give(2);
    await client.receive(4);
    expect(client.packets.slice(2)).toMatchObject([{ messageId: 1 }, { messageId: 2 }]);
  });

  test('a device with much to say is read no further until its turn comes', async () => {
    const { gateway, budget, client, socket, connection } = await setUpBusy();
    for (let id = 1; id <= 10; id++) {
      client.send(publish(id));
    }
    await turns();
    client.send(publish(11));
    await turns();
    expect([socket.isPaused(), budget.waiting.length]).toEqual([true, 10]);
    connection.checkDeadlines(performance.now() + 10_000_000);
    expect(connection.isEnded).toBe(false);
    budget.give(11);
    await client.receive(12);
    expect([socket.isPaused(), gateway.log.stored.length]).toEqual([false, 11]);
  });

  test('what a device sent before it said goodbye is stored, at its turn', async () => {
    const { gateway, budget, client } = await setUpBusy();
    client.send(publish(1), publishPacket(events, 'y'), { cmd: 'disconnect' });
    await client.closed;
    expect(gateway.log.stored).toHaveLength(0);
    budget.give(2);
    await turns();
    expect(gateway.log.bodies).toEqual(['x', 'y']);
  });

  test.each([
    ['backlog', 'ThrottleBacklogLimitExceeded'],
    ['late', 'ThrottlingBacklogTimeout'],
  ] as const)(
    'a message without a turn (%s) ends its connection, in ten seconds',
    async (reason, errorCode) => {
      const { gateway, budget, client, connection } = await setUpBusy();
      client.send(publish(1), publish(2));
      await turns();
      budget.refuse(reason);
      connection.checkDeadlines(performance.now() + 9_000);
      expect(connection.isEnded).toBe(false);
      connection.checkDeadlines(performance.now() + 10_000);
      await client.closed;
      expect(gateway.lines.at(-1)).toMatchObject({ cause: 'hub-limit', errorCode, messages: 0 });
      expect([client.packets.length, gateway.log.stored.length]).toEqual([1, 0]);
    },
  );

  test('without messages left for today CONNECT succeeds and the first message ends it', async () => {
    const { gateway, quota, client, connection } = await setUpSpent();
    client.send(publish(1));
    await turns();
    quota.refuse('spent');
    connection.checkDeadlines(performance.now() + 10_000);
    await client.closed;
    expect(gateway.lines.at(-1)).toMatchObject({
      cause: 'hub-limit',
      errorCode: 'IotHubQuotaExceeded',
    });
    expect(gateway.events.at(-1)).toBe('deviceDisconnected hub-limit');
  });

  test('until a refused connection ends nothing more of it is read, stored or answered', async () => {
    const { gateway, quota, client, socket } = await setUpSpent();
    client.send(publish(1));
    await turns();
    quota.refuse('spent');
    quota.give(10);
    expect(socket.isPaused()).toBe(true);
    client.send(publish(2), { cmd: 'pingreq' });
    await turns();
    expect([client.packets.length, gateway.log.stored.length]).toEqual([1, 0]);
  });

  test('what stands before a refused message is stored and acknowledged in those ten seconds', async () => {
    const { gateway, quota, client, connection } = await setUpSpent();
    client.send(publish(1), publish(2));
    await turns();
    quota.isOverfull = true;
    client.send(publish(3));
    await turns();
    quota.give(2);
    await client.receive(3);
    expect(client.packets.slice(1)).toMatchObject([{ messageId: 1 }, { messageId: 2 }]);
    connection.checkDeadlines(performance.now() + 10_000);
    await client.closed;
    expect([client.packets.length, gateway.log.stored.length]).toEqual([3, 2]);
    expect(gateway.lines.at(-1)).toMatchObject({ cause: 'hub-limit', messages: 2 });
  });

  test('what stands behind a refused message in the same bytes is passed over', async () => {
    const { gateway, quota, client } = await setUpSpent();
    quota.isOverfull = true;
    client.send(publish(1), publish(2), { cmd: 'pingreq' });
    await turns();
    expect([client.packets.length, gateway.log.stored.length]).toEqual([1, 0]);
  });

  test('a gateway that stops, or a takeover, waits for no refused connection', async () => {
    const { gateway, quota, client, connection } = await setUpSpent();
    client.send(publish(1));
    await turns();
    quota.refuse('spent');
    await connection.end('takeover');
    await client.closed;
    expect(gateway.events.at(-1)).toBe('deviceDisconnected takeover');
  });

  test('CONNECT is answered later, or with 5 when that is too late', async () => {
    const { gateway, client } = await setUpBusy();
    client.send({ cmd: 'pingreq' });
    const budget = gateway.budgets.get('h/7/connections');
    budget.atHand = 0;
    const [second, third] = [gateway.open(), gateway.open()];
    second.client.send(connectPacket({ clientId: 'd2' }));
    third.client.send(connectPacket({ clientId: 'd3' }));
    await turns();
    const { unauthenticated } = gateway.services.partialInput;
    // Who waits has shown a credential: he takes no place from those who have not.
    expect([budget.waiting.length, gateway.proven, unauthenticated.heldBytes]).toEqual([2, 3, 0]);
    budget.give(1);
    await second.client.receive(1);
    budget.refuse('late');
    await third.client.closed;
    expect([second.client.hex, third.client.hex]).toEqual(['20020000', '20020005']);
    expect(gateway.lines.at(-1)).toMatchObject({ errorCode: 'ThrottlingBacklogTimeout' });
  });
});
