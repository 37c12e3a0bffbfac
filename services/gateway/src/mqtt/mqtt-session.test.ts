import { setImmediate as turn, setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { HubError } from '@linchpin/wire';
import { generate } from 'mqtt-packet';
import { connectPacket, publishPacket, willOf } from './client.fake.js';
import { FakeGateway, turns } from './gateway.fake.js';

const events = 'devices/d1/messages/events/';
const accepted = '20020000';
const unauthorized = '20020005';

describe('telemetry', () => {
  test('device-mqtt 29: PUBACKs come in the order of 1000 pipelined messages', async () => {
    const gateway = new FakeGateway();
    gateway.log.isHeld = true;
    const { client } = await gateway.connect();
    const ids = Array.from({ length: 1_000 }, (_, index) => index + 1);
    client.send(...ids.map((messageId) => publishPacket(events, 'x', { qos: 1, messageId })));
    await turns(200);
    while (gateway.log.waiting.length > 0) {
      gateway.log.settle(7);
      await turn();
    }
    const pubacks = (await client.receive(1_001)).slice(1);
    expect(pubacks.map(({ messageId }) => messageId)).toEqual(ids);
  });

  test('device-mqtt 62: PINGREQ is answered while telemetry waits', async () => {
    const gateway = new FakeGateway();
    gateway.log.isHeld = true;
    const { client } = await gateway.connect();
    client.send(publishPacket(events, 'x', { qos: 1, messageId: 1 }), { cmd: 'pingreq' });
    expect((await client.receive(2))[1]?.cmd).toBe('pingresp');
  });

  test('device-mqtt 30: 262,144 counted bytes are stored, and one more closes', async () => {
    const gateway = new FakeGateway();
    const { client } = await gateway.connect();
    const counted = Buffer.byteLength('name') + Buffer.byteLength('värd');
    const topic = `${events}name=v%C3%A4rd`;
    const body = Buffer.alloc(262_144 - counted);
    client.send(publishPacket(topic, body, { qos: 1, messageId: 1 }));
    expect((await client.receive(2))[1]).toMatchObject({ cmd: 'puback', messageId: 1 });
    client.send(publishPacket(topic, Buffer.alloc(body.length + 1), { qos: 1, messageId: 2 }));
    await client.closed;
    expect(gateway.log.stored).toHaveLength(1);
    expect(client.packets).toHaveLength(2);
  });

  test('a message that is refused for its size does not keep the end waiting', async () => {
    const gateway = new FakeGateway();
    const { client, connection } = await gateway.connect();
    client.send(publishPacket(events, Buffer.alloc(262_145), { qos: 1, messageId: 1 }));
    await client.closed;
    await connection.end('connection-lost');
  });

  test('device-mqtt 24: QoS 2 closes without PUBREC', async () => {
    const gateway = new FakeGateway();
    const { client } = await gateway.connect();
    client.send(publishPacket(events, 'x', { qos: 2, messageId: 1 }));
    await client.closed;
    expect([client.hex, gateway.log.bodies]).toEqual([accepted, []]);
  });

  test.each([
    'devices/d2/messages/events/',
    'devices/d1/messages/foo',
    'devices/d1/modules/m1/messages/events/',
    'devices/d1/messages/events/a=1+2',
    '$iothub/twin/GET/',
    '$iothub/unknown/?$rid=1',
  ])('device-mqtt 25: a PUBLISH to %s closes', async (topic) => {
    const gateway = new FakeGateway();
    const { client } = await gateway.connect();
    const packet = generate(publishPacket('x'.repeat(topic.length), 'y'));
    packet.write(topic, 4);
    client.send(packet);
    await client.closed;
    expect(client.hex).toBe(accepted);
    expect(gateway.log.bodies).toEqual([]);
    expect(gateway.events.at(-1)).toBe('deviceDisconnected protocol-violation');
  });

  test('device-mqtt 28: RETAIN is told and not obeyed', async () => {
    const gateway = new FakeGateway();
    const { client } = await gateway.connect();
    client.send(
      publishPacket(`${events}a=1`, 'x', { qos: 1, messageId: 1, retain: true }),
      publishPacket(`${events}a=1`, 'y', { qos: 1, messageId: 2 }),
    );
    await client.receive(3);
    expect(gateway.log.stored.map(({ properties }) => properties)).toEqual([
      [
        ['a', '1'],
        ['mqtt-retain', 'true'],
      ],
      [['a', '1']],
    ]);
  });

  test('a message that can never be stored ends the connection; nothing later is acknowledged', async () => {
    const gateway = new FakeGateway();
    gateway.log.isHeld = true;
    const { client, connection } = await gateway.connect({ will: willOf(events, 'gone') });
    client.send(
      publishPacket(events, 'a', { qos: 1, messageId: 1 }),
      publishPacket(events, 'b', { qos: 1, messageId: 2 }),
    );
    await turns();
    const lost = new HubError('ServiceUnavailable', 'never', { cause: new Error('no topic') });
    gateway.log.settle(1, lost);
    gateway.log.settle();
    await client.closed;
    await connection.end('connection-lost');
    expect(client.hex).toBe(accepted);
    expect(gateway.log.bodies).toEqual(['b', 'gone']);
    expect(gateway.lines.at(-1)).toMatchObject({
      msg: 'connection ended',
      cause: 'store-failed',
      reasonCause: 'no topic',
    });
  });

  test('a method response that nobody waits for is acknowledged', async () => {
    const gateway = new FakeGateway();
    const { client } = await gateway.connect();
    const topic = '$iothub/methods/res/200/?$rid=1';
    client.send(publishPacket(topic, '{}', { qos: 1, messageId: 3 }));
    expect((await client.receive(2))[1]).toMatchObject({ cmd: 'puback', messageId: 3 });
  });
});

describe('the will', () => {
  test('device-mqtt 38: a lost connection sends it, with its mark, behind what was sent', async () => {
    const gateway = new FakeGateway();
    const { client, socket } = await gateway.connect({
      will: willOf(`${events}a=1`, 'gone', true),
    });
    client.send(publishPacket(events, 'last'));
    await turns();
    socket.resetAndDestroy();
    await client.closed;
    await turns();
    expect(gateway.log.bodies).toEqual(['last', 'gone']);
    expect(gateway.log.stored[1]?.properties).toEqual([
      ['a', '1'],
      ['mqtt-retain', 'true'],
      ['iothub-MessageType', 'Will'],
    ]);
  });

  test('device-mqtt 38: DISCONNECT sends none', async () => {
    const gateway = new FakeGateway();
    const { client } = await gateway.connect({ will: willOf(events, 'gone') });
    client.send({ cmd: 'disconnect' });
    await client.closed;
    await turns();
    expect(gateway.log.bodies).toEqual([]);
  });

  test('a half-closed connection is lost', async () => {
    const gateway = new FakeGateway();
    const { client } = await gateway.connect({ will: willOf(events, 'gone') });
    client.send(publishPacket(events, 'last'));
    client.stream.end();
    await client.closed;
    await turns();
    expect(gateway.log.bodies).toEqual(['last', 'gone']);
    expect(gateway.events.at(-1)).toBe('deviceDisconnected connection-lost');
  });

  test('one whose topic is not allowed is dropped with a warning', async () => {
    const gateway = new FakeGateway();
    const wills = [
      willOf('devices/d2/messages/events/', 'x'),
      willOf('$iothub/twin/GET/?$rid=1', 'x'),
    ];
    for (const will of wills) {
      const { client, socket } = await gateway.connect({ will });
      socket.resetAndDestroy();
      await client.closed;
    }
    expect(gateway.log.bodies).toEqual([]);
    const dropped = gateway.lines.filter(({ msg }) => msg === 'a will is dropped');
    expect(dropped).toHaveLength(wills.length);
  });

  test('a refused client has none', async () => {
    const gateway = new FakeGateway();
    const will = willOf(events, 'gone');
    await gateway.answerTo(connectPacket({ will, password: Buffer.from('bad') }));
    expect(gateway.log.bodies).toEqual([]);
  });
});

describe('injected faults', () => {
  function faulty() {
    const kept = new Map<string, 'drop-connects' | 'refuse-connects' | 'refuse-messages'>();
    const gateway = new FakeGateway({
      faults: {
        set: (key, fault) => Promise.resolve(void kept.set(key, fault)),
        find: (key) => Promise.resolve(kept.get(key)),
      },
    });
    return { gateway, kept };
  }

  test('a message asks for the end of its connection, and for what meets the next ones', async () => {
    const { gateway, kept } = faulty();
    const { client } = await gateway.connect();
    const bag = 'AzIoTHub_FaultOperationType=KillTcp&AzIoTHub_FaultOperationDurationInSecs=5';
    client.send(publishPacket(`${events}${bag}`, 'x'));
    await client.closed;
    expect([...kept]).toEqual([['h/d1', 'drop-connects']]);
    expect(await gateway.answerTo(connectPacket())).toBe('');
    kept.set('h/d1', 'refuse-connects');
    expect(await gateway.answerTo(connectPacket())).toBe(unauthorized);
    kept.set('h/d1', 'refuse-messages');
    const next = await gateway.connect();
    next.client.send(publishPacket(events, 'y', { qos: 1, messageId: 1 }));
    await next.client.closed;
    expect(gateway.log.bodies).toEqual(['x']);
  });

  test('behind the switch such a message is ordinary', async () => {
    const gateway = new FakeGateway();
    const { client, connection } = await gateway.connect();
    const topic = `${events}AzIoTHub_FaultOperationType=KillTcp`;
    client.send(publishPacket(topic, 'x', { qos: 1, messageId: 1 }));
    await client.receive(2);
    // Behind the timer by which a fault would have begun.
    await delay(0);
    await turns();
    expect([connection.isEnded, gateway.log.bodies]).toEqual([false, ['x']]);
  });
});
