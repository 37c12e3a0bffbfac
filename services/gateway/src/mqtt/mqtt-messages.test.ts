import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { IPublishPacket } from 'mqtt-packet';
import { fakeGrant } from '../domain/authenticator.fake.js';
import type { FakeDeviceMessages } from '../domain/device-messages.fake.js';
import { connectPacket, publishPacket, subscribePacket, type FakeClient } from './client.fake.js';
import { FakeGateway, turns } from './gateway.fake.js';

const filter = 'devices/d1/messages/devicebound/#';
const key = 'h/d1';

function send(messages: FakeDeviceMessages, ...bodies: readonly string[]): void {
  for (const body of bodies) {
    messages.send(key, body);
  }
}

function numbers(count: number): string[] {
  return Array.from({ length: count }, (_, index) => String(index));
}

/** A client that listens. */
async function listen(gateway: FakeGateway, qos: 0 | 1 = 1, clean = false) {
  const opened = await gateway.connect({ clean });
  opened.client.send(subscribePacket(1, [[filter, qos]]));
  await opened.client.receive(2);
  return opened;
}

/** A client that has listened before. */
async function comeAgain(gateway: FakeGateway) {
  const { connection } = await listen(gateway);
  await connection.end('connection-lost');
  gateway.messages.calls.length = 0;
}

function acknowledge(client: FakeClient, ...packetIds: readonly number[]): void {
  client.send(...packetIds.map((messageId) => ({ cmd: 'puback', messageId }) as const));
}

/** From now on each as it comes. */
function acknowledgeAll(client: FakeClient): void {
  let count = 0;
  client.stream.on('data', () => {
    const ids = published(client).map(({ messageId = 0 }) => messageId);
    acknowledge(client, ...ids.slice(count));
    count = ids.length;
  });
}

function published(client: FakeClient): IPublishPacket[] {
  return client.packets.filter((packet) => packet.cmd === 'publish');
}

function bodies(client: FakeClient): string[] {
  return published(client).map(({ payload }) => payload.toString());
}

function packetIds(client: FakeClient): (number | undefined)[] {
  return published(client).map(({ messageId }) => messageId);
}

describe('a device that listens', () => {
  test('device-mqtt 40: gets a message in exactly these bytes', async () => {
    const gateway = new FakeGateway();
    send(gateway.messages, 'hi');
    const { client } = await listen(gateway);
    await client.receive(3);
    const topic = 'devices/d1/messages/devicebound/%24.to=%2Fdevices%2Fd1%2Fmessages%2FdeviceBound';
    const bytes = Buffer.concat([
      Buffer.from([0x32, 2 + topic.length + 2 + 2, 0, topic.length]),
      Buffer.from(topic),
      Buffer.from([0, 1]),
      Buffer.from('hi'),
    ]);
    expect(client.hex).toBe(`200200009003000101${bytes.toString('hex')}`);
  });

  test('device-mqtt 22: gets what came while it was away right after CONNACK, in order', async () => {
    const gateway = new FakeGateway();
    await comeAgain(gateway);
    send(gateway.messages, 'a', 'b', 'c');
    const { client } = await gateway.connect();
    await client.receive(4);
    expect(client.packets[0]).toMatchObject({ cmd: 'connack', sessionPresent: true });
    expect(bodies(client)).toEqual(['a', 'b', 'c']);
    expect(published(client)).toMatchObject(
      [1, 2, 3].map((messageId) => ({ messageId, qos: 1, dup: false, retain: false })),
    );
    expect(gateway.messages.calls).toEqual(['lock 16']);
  });

  test('device-mqtt 23: gets the whole backlog, as far as it acknowledges', async () => {
    const gateway = new FakeGateway();
    send(gateway.messages, ...numbers(20));
    const { client } = await listen(gateway);
    await client.receive(18);
    await turns();
    expect(bodies(client)).toEqual(numbers(16));
    acknowledge(client, 1, 2, 3, 4);
    await client.receive(22);
    expect(bodies(client)).toEqual(numbers(20));
    expect(packetIds(client).slice(16)).toEqual([17, 18, 19, 20]);
  });

  test('hears of each message that is hinted at', async () => {
    const gateway = new FakeGateway();
    const { client, connection } = await listen(gateway);
    const downlink = await connection.downlink();
    send(gateway.messages, 'a');
    downlink!.tellMessagesWait();
    await client.receive(3);
    expect(bodies(client)).toEqual(['a']);
  });

  test('gets nothing more once it has unsubscribed', async () => {
    const gateway = new FakeGateway();
    const { client, connection } = await listen(gateway);
    client.send({ cmd: 'unsubscribe', messageId: 2, unsubscriptions: [filter] });
    await client.receive(3);
    const downlink = await connection.downlink();
    expect(() => {
      downlink!.tellMessagesWait();
    }).toThrow(expect.objectContaining({ code: 'DeviceNotOnline' }));
  });

  test('is sent its properties, and body, as they are', async () => {
    const gateway = new FakeGateway();
    const properties = { messageId: 'm/1', ack: 'full', properties: [['a b', 'c+d']] } as const;
    gateway.messages.send(key, '', { properties });
    const { client } = await listen(gateway);
    await client.receive(3);
    expect(published(client)[0]).toMatchObject({
      topic:
        'devices/d1/messages/devicebound/%24.mid=m%2F1&%24.to=%2Fdevices%2Fd1%2Fmessages%2FdeviceBound&iothub-ack=full&a%20b=c%2Bd',
      payload: Buffer.alloc(0),
    });
  });

  test('does not get what no topic has room for: that is rejected', async () => {
    const gateway = new FakeGateway();
    const properties = { properties: [['a', '/'.repeat(22_000)]] } as const;
    gateway.messages.send(key, 'long', { properties });
    send(gateway.messages, 'next');
    const { client } = await listen(gateway);
    await client.receive(3);
    await turns();
    expect(bodies(client)).toEqual(['next']);
    expect(gateway.messages.left(key)).toEqual(['next 0 locked']);
  });
});

describe('a subscription', () => {
  test('device-mqtt 23: begins with SUBSCRIBE, and not when it is repeated or kept', async () => {
    const gateway = new FakeGateway();
    const { client, connection } = await listen(gateway);
    client.send(subscribePacket(2, [[filter, 0]]));
    client.send(subscribePacket(3, [['devices/+/messages/devicebound/#', 0]]));
    await client.receive(4);
    await turns();
    expect(gateway.messages.calls).toEqual(['lock 16 begins']);
    await connection.end('connection-lost');
    const again = await gateway.connect();
    again.client.send(subscribePacket(1, [[filter, 1]]));
    await again.client.receive(2);
    await turns();
    expect(gateway.messages.calls).toEqual(['lock 16 begins', 'lock 16']);
  });

  test('begins again after UNSUBSCRIBE, and in each clean session', async () => {
    const gateway = new FakeGateway();
    const { client } = await listen(gateway);
    client.send({ cmd: 'unsubscribe', messageId: 2, unsubscriptions: [filter] });
    client.send(subscribePacket(3, [[filter, 1]]));
    await client.receive(4);
    await turns();
    expect(gateway.messages.calls).toEqual(['lock 16 begins', 'lock 16 begins']);
    await listen(gateway, 1, true);
    await turns();
    expect(gateway.messages.calls.at(-1)).toBe('lock 16 begins');
  });

  test('is none for a device that has no filter for messages: nothing is asked', async () => {
    const gateway = new FakeGateway();
    const { client } = await gateway.connect();
    client.send(subscribePacket(1, [['$iothub/methods/POST/#', 1]]));
    await client.receive(2);
    await turns();
    expect(gateway.messages.calls).toEqual([]);
  });

  test('device-mqtt 60: of a module is taken, and nothing is asked', async () => {
    const gateway = new FakeGateway();
    const { client, connection } = await gateway.connect({ clientId: 'd1/m1' });
    client.send(subscribePacket(1, [['devices/d1/modules/m1/messages/devicebound/#', 1]]));
    expect((await client.receive(2))[1]).toMatchObject({ cmd: 'suback', granted: [1] });
    await connection.end('connection-lost');
    expect(gateway.messages.calls).toEqual([]);
  });

  test('device-mqtt 46: of QoS 0 completes what is sent', async () => {
    const gateway = new FakeGateway();
    send(gateway.messages, ...numbers(20));
    const { client } = await listen(gateway, 0);
    await client.receive(22);
    await turns();
    expect(bodies(client)).toEqual(numbers(20));
    expect(packetIds(client)).toEqual(Array(20).fill(undefined));
    expect(gateway.messages.left(key)).toEqual([]);
  });
});

describe('PUBACK', () => {
  test('device-mqtt 43: completes by id, in any order; unknown ids are ignored', async () => {
    const gateway = new FakeGateway();
    send(gateway.messages, 'a', 'b', 'c');
    const { client } = await listen(gateway);
    await client.receive(5);
    acknowledge(client, 3, 99, 0xffff, 1, 1);
    await turns();
    expect(gateway.messages.left(key)).toEqual(['b 0 locked']);
    expect(gateway.messages.calls.slice(1)).toEqual(['settle complete complete']);
    client.send({ cmd: 'pingreq' });
    expect((await client.receive(6)).at(-1)?.cmd).toBe('pingresp');
  });

  test('counts, for log and metrics', async () => {
    const gateway = new FakeGateway();
    send(gateway.messages, 'a', 'b');
    const { client, connection } = await listen(gateway);
    await client.receive(4);
    acknowledge(client, 2);
    await turns();
    await connection.end('connection-lost');
    expect(gateway.lines.at(-1)).toMatchObject({
      msg: 'connection ended',
      messagesDelivered: 2,
      messagesSettled: 1,
    });
  });
});

describe('the end of a connection', () => {
  test('device-mqtt 44: what is not acknowledged comes first in the next, and was delivered once more', async () => {
    const gateway = new FakeGateway();
    send(gateway.messages, 'a', 'b', 'c');
    const { client, connection } = await listen(gateway);
    await client.receive(5);
    acknowledge(client, 2);
    await turns();
    client.send({ cmd: 'disconnect' });
    await client.closed;
    await connection.end('client-disconnect');
    expect(gateway.messages.left(key)).toEqual(['a 1', 'c 1']);
    send(gateway.messages, 'd');
    const next = await gateway.connect();
    await next.client.receive(4);
    expect(bodies(next.client)).toEqual(['a', 'c', 'd']);
    expect(published(next.client)[0]).toMatchObject({ messageId: 1, dup: false });
  });

  test('section 2.10: a newcomer asks once the former has given its messages back', async () => {
    const gateway = new FakeGateway();
    send(gateway.messages, 'a');
    const former = await listen(gateway);
    await former.client.receive(3);
    let open: () => void = () => undefined;
    gateway.messages.gate = new Promise((resolve) => {
      open = resolve;
    });
    const newcomer = gateway.open();
    newcomer.client.send(connectPacket());
    await former.client.closed;
    await turns();
    expect(newcomer.client.hex).toBe('');
    expect(gateway.messages.calls).toEqual(['lock 16 begins', 'release counts 1']);
    open();
    await newcomer.client.receive(2);
    expect(gateway.messages.calls.slice(2)).toEqual(['lock 16']);
    expect(gateway.messages.left(key)).toEqual(['a 1 locked']);
  });

  test('section 2.10: so does a newcomer that comes behind the end', async () => {
    const gateway = new FakeGateway();
    send(gateway.messages, 'a', 'b');
    const former = await listen(gateway);
    await former.client.receive(4);
    let open: () => void = () => undefined;
    gateway.messages.gate = new Promise((resolve) => {
      open = resolve;
    });
    acknowledge(former.client, 1);
    await turns();
    former.client.stream.destroy();
    await turns();
    const newcomer = gateway.open();
    newcomer.client.send(connectPacket());
    await turns();
    expect(newcomer.client.hex).toBe('');
    open();
    await newcomer.client.receive(2);
    expect(bodies(newcomer.client)).toEqual(['b']);
    expect(gateway.messages.left(key)).toEqual(['b 1 locked']);
    expect(gateway.events).toEqual([
      'deviceConnected connect',
      'deviceDisconnected takeover',
      'deviceConnected connect',
    ]);
  });

  test('when the gateway stops, what was not written was not delivered', async () => {
    const gateway = new FakeGateway();
    const { client, connection } = await listen(gateway);
    let open: () => void = () => undefined;
    await turns();
    gateway.messages.gate = new Promise((resolve) => {
      open = resolve;
    });
    send(gateway.messages, 'a');
    (await connection.downlink())!.tellMessagesWait();
    await turns();
    const drained = connection.drain();
    open();
    await drained;
    expect(bodies(client)).toEqual([]);
    expect(gateway.messages.left(key)).toEqual(['a 0']);
  });

  test('that a message over the limits of its hub brings: nothing is delivered meanwhile', async () => {
    const gateway = new FakeGateway();
    const limits = { ...fakeGrant.limits, unlimited: false };
    gateway.authenticator.grant = { ...fakeGrant, limits };
    const { client, connection } = await listen(gateway);
    send(gateway.messages, 'a');
    const downlink = (await connection.downlink())!;
    Object.assign(gateway.budgets.get('h/7/telemetry'), { atHand: 0, isOverfull: true });
    client.send(publishPacket('devices/d1/messages/events/', 'x', { qos: 1, messageId: 1 }));
    await turns();
    expect(connection.isEnded).toBe(false);
    downlink.tellMessagesWait();
    await turns();
    expect(gateway.messages.calls).toEqual(['lock 16 begins']);
    await connection.end('takeover');
  });
});

describe('a client that does not read', () => {
  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  /** Two thirds of them find no room. */
  async function stall() {
    const gateway = new FakeGateway({ exchangeBytesMax: 400_000 });
    const opened = await listen(gateway);
    await turns();
    opened.client.stream.pause();
    const large = 'x'.repeat(60_000);
    send(gateway.messages, ...numbers(8).map((number) => number + large));
    (await opened.connection.downlink())!.tellMessagesWait();
    await turns();
    return { gateway, ...opened };
  }

  test('is not sent what finds no room, keeps its connection, and gets it when it reads on', async () => {
    const { gateway, client, connection } = await stall();
    await jest.advanceTimersByTimeAsync(20_000);
    expect(connection.isEnded).toBe(false);
    expect(gateway.services.exchanges.heldBytes).toBeGreaterThan(100_000);

    acknowledgeAll(client);
    client.stream.resume();
    await turns(50);
    expect(bodies(client).length).toBeLessThan(8);
    await jest.advanceTimersByTimeAsync(60_000);
    await turns(50);
    expect(bodies(client).map(([number]) => number)).toEqual(numbers(8));
    expect(gateway.messages.calls).toContain('release');
    expect(gateway.messages.left(key)).toEqual([]);
    expect(gateway.services.exchanges.heldBytes).toBe(0);
  });

  test('gives back what it has not read, of which only what was sent counts', async () => {
    const { gateway, connection } = await stall();
    await connection.end('keep-alive-timeout');
    const counts = gateway.messages.left(key).map((line) => line.slice(-1));
    expect(counts.slice(0, 1)).toEqual(['1']);
    expect(counts.slice(-1)).toEqual(['0']);
  });
});
