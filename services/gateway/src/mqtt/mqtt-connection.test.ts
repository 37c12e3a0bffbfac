import { describe, expect, test } from '@jest/globals';
import { HubError } from '@linchpin/wire';
import { generate, type Packet } from 'mqtt-packet';
import { connectPacket, connectPacketWithout, publishPacket, willOf } from './client.fake.js';
import { FakeGateway, turns } from './gateway.fake.js';

const events = 'devices/d1/messages/events/';
const accepted = '20020000';
const unauthorized = '20020005';

describe('CONNECT', () => {
  test('a client is let in with the bytes that the specification gives', async () => {
    const gateway = new FakeGateway();
    const { client } = await gateway.connect();
    expect(client.hex).toBe(accepted);
    expect(gateway.proven).toBe(1);
    expect(gateway.events).toEqual(['deviceConnected connect']);
  });

  test('device-mqtt 10: a first packet that is not CONNECT closes without a word', async () => {
    const gateway = new FakeGateway();
    for (const packet of [{ cmd: 'pingreq' }, publishPacket(events), { cmd: 'disconnect' }]) {
      const { client } = gateway.open();
      client.send(packet as Packet);
      await client.closed;
      expect(client.hex).toBe('');
    }
    expect(gateway.ended).toBe(3);
    expect(gateway.authenticator.claims).toEqual([]);
  });

  test('who hangs up before it, as one that does not trust the certificate, is told at debug', async () => {
    const gateway = new FakeGateway();
    const { connection, socket } = gateway.open();
    socket.destroy();
    await turns();
    expect(gateway.lines).toEqual([
      expect.objectContaining({
        level: 'debug',
        msg: 'socket turned away',
        reason: 'no-connect',
        remoteAddress: connection.client.address,
      }),
    ]);
  });

  test('device-mqtt 10: a second CONNECT closes without a word, and the will is sent', async () => {
    const gateway = new FakeGateway();
    const { client } = await gateway.connect({ will: willOf(events, 'gone') });
    client.send(connectPacket());
    await client.closed;
    expect(client.hex).toBe(accepted);
    expect(gateway.log.bodies).toEqual(['gone']);
  });

  test('device-mqtt 7: whoever is refused gets code 5, and leaves no trace', async () => {
    const gateway = new FakeGateway();
    const refused = [
      connectPacket({ password: Buffer.from('bad') }),
      connectPacket({ clientId: 'd2', username: 'h.example.net/d1/?api-version=2021-04-12' }),
      connectPacket({ username: 'other.example.net/d1/' }),
      connectPacket({ clientId: '', username: 'h.example.net/d1/', clean: true }),
      connectPacketWithout('username', 'password'),
      connectPacketWithout('password'),
    ];
    for (const packet of refused) {
      const { client } = gateway.open();
      client.send(packet);
      await client.closed;
      expect(client.hex).toBe(unauthorized);
    }
    expect([gateway.table.size, gateway.proven, gateway.ended]).toEqual([0, 0, refused.length]);
    expect(gateway.events).toEqual([]);
    expect(gateway.lines.map(({ msg, level }) => `${String(level)} ${String(msg)}`)).toEqual(
      refused.map(() => 'info connect refused'),
    );
  });

  test('nobody can judge, or the place cannot be taken: code 3, which clients retry', async () => {
    const gateway = new FakeGateway();
    gateway.authenticator.onClaim = () => {
      throw new HubError('ServiceUnavailable', 'away');
    };
    expect(await gateway.answerTo(connectPacket())).toBe('20020003');
    gateway.authenticator.onClaim = () => {
      throw new TypeError('a fault of ours');
    };
    expect(await gateway.answerTo(connectPacket())).toBe('20020003');
    expect(gateway.lines.at(-1)).toMatchObject({ level: 'error', errorCode: 'TypeError' });
    gateway.authenticator.onClaim = () => undefined;
    gateway.store.isAway = true;
    expect(await gateway.answerTo(connectPacket())).toBe('20020003');
    gateway.store.isAway = false;
    gateway.log.isOverfull = true;
    expect(await gateway.answerTo(connectPacket())).toBe('20020003');
    expect(gateway.table.size).toBe(0);
  });

  test('MQTT 3.1 is refused with code 1, MQTT 5 in its own words, another protocol by closing', async () => {
    const gateway = new FakeGateway();
    const level = (value: number, name = 'MQTT') => {
      const packet = generate(connectPacket());
      packet[2 + 2 + 4] = value;
      packet.write(name, 4);
      return packet;
    };
    const mqtt31 = generate(connectPacket({ protocolId: 'MQIsdp', protocolVersion: 3 }));
    expect(await gateway.answerTo(mqtt31)).toBe('20020001');
    expect(await gateway.answerTo(level(6))).toBe('20020001');
    expect(await gateway.answerTo(level(0x84))).toBe('20020001');
    expect(await gateway.answerTo(level(5))).toBe('2003008400');
    expect(await gateway.answerTo(level(4, 'mqtt'))).toBe('');
    expect(gateway.authenticator.claims).toEqual([]);
  });

  test('a device with a certificate needs no password, or an empty one, and gets in', async () => {
    const gateway = new FakeGateway();
    const chain = [Buffer.from('leaf'), Buffer.from('authority')];
    const packets = [
      connectPacketWithout('password'),
      connectPacket({ password: Buffer.alloc(0) }),
    ];
    for (const packet of packets) {
      const { client } = gateway.open(chain);
      client.send(packet);
      await client.receive(1);
    }
    const kinds = gateway.authenticator.claims.map(({ credential }) => credential);
    expect(kinds).toEqual([
      { kind: 'certificates', chain },
      { kind: 'certificates', chain },
    ]);
  });

  test('what comes behind CONNECT waits for its answer, and is done in order', async () => {
    const gateway = new FakeGateway();
    let letIn: () => void = () => undefined;
    gateway.authenticator.onClaim = () => new Promise((resolve) => (letIn = resolve));
    const { client } = gateway.open();
    client.send(
      connectPacket(),
      publishPacket(events, 'a', { qos: 1, messageId: 7 }),
      { cmd: 'pingreq' },
      publishPacket(events, 'b'),
    );
    await turns();
    expect([client.hex, gateway.log.bodies]).toEqual(['', []]);
    client.send({ cmd: 'pingreq' });
    letIn();
    await client.receive(4);
    expect(client.packets.map(({ cmd }) => cmd).sort()).toEqual([
      'connack',
      'pingresp',
      'pingresp',
      'puback',
    ]);
    expect(client.packets[0]?.cmd).toBe('connack');
    expect(gateway.log.bodies).toEqual(['a', 'b']);
  });

  test('device-mqtt 39: CONNECT, QoS 0 PUBLISH and DISCONNECT in one piece are stored', async () => {
    const gateway = new FakeGateway();
    const { client } = gateway.open();
    client.send(connectPacket(), publishPacket(events, 'a'), { cmd: 'disconnect' });
    await client.closed;
    expect(gateway.log.bodies).toEqual(['a']);
    expect(gateway.events.at(-1)).toBe('deviceDisconnected client-disconnect');
  });

  test('CONNECT that comes byte by byte buys no time', async () => {
    const gateway = new FakeGateway();
    const { client, connection } = gateway.open();
    const bytes = generate(connectPacket());
    for (const byte of bytes.subarray(0, -1)) {
      client.send(Buffer.from([byte]));
    }
    await turns(bytes.length);
    connection.checkDeadlines(performance.now() + 59_000);
    expect(connection.isEnded).toBe(false);
    connection.checkDeadlines(performance.now() + 60_001);
    await client.closed;
    expect(client.hex).toBe('');
    expect(gateway.lines.at(-1)).toMatchObject({ reason: 'no CONNECT in time' });
  });

  test('a refused client keeps none of the memory for packets in pieces', async () => {
    const gateway = new FakeGateway();
    const { unauthenticated } = gateway.services.partialInput;
    const { client } = gateway.open();
    client.send(connectPacket({ password: Buffer.from('bad') }), Buffer.from([0x30, 0xff]));
    await client.closed;
    expect([unauthenticated.heldBytes, unauthenticated.names]).toEqual([0, []]);
  });

  test('an oversized packet ends it before its bytes have come', async () => {
    const gateway = new FakeGateway();
    const { client } = gateway.open();
    client.send(Buffer.from('10ffffff7f', 'hex'));
    await client.closed;
    expect(client.hex).toBe('');
  });
});

describe('a connection that ends while it is opened', () => {
  test('pushes nobody out when it is gone before its credential is judged', async () => {
    const gateway = new FakeGateway();
    const first = await gateway.connect();
    let judge: () => void = () => undefined;
    gateway.authenticator.onClaim = () => new Promise((resolve) => (judge = resolve));
    const second = gateway.open();
    second.client.send(connectPacket());
    await turns();
    second.socket.resetAndDestroy();
    await second.client.closed;
    judge();
    await second.connection.end('connection-lost');
    await turns();
    expect(first.connection.isEnded).toBe(false);
    expect(gateway.events).toEqual(['deviceConnected connect']);
    expect(gateway.table.size).toBe(1);
  });

  // Whenever the end comes between the claim's answer and the first byte to the client.
  test.each([0, 1, 2, 3, 4, 5, 6, 7, 8])(
    'gives the place back that it was just given, after %i steps',
    async (steps) => {
      const gateway = new FakeGateway();
      const { client, connection } = gateway.open();
      const claim = gateway.services.presence.claim.bind(gateway.services.presence);
      gateway.services.presence.claim = async (wanted) => {
        const grant = await claim(wanted);
        const endAfter = (left: number): void => {
          queueMicrotask(() => {
            if (left === 0) {
              void connection.end('revoked');
            } else {
              endAfter(left - 1);
            }
          });
        };
        endAfter(steps);
        return grant;
      };
      client.send(connectPacket());
      await client.closed;
      await connection.end('revoked');
      await turns();
      expect(gateway.events).toHaveLength(2);
      expect(gateway.events[1]).toMatch(/^deviceDisconnected (connection-lost|revoked)$/);
      expect([gateway.table.size, gateway.ended]).toEqual([0, 1]);
    },
  );
});

describe('time', () => {
  test('device-mqtt 11: silence of one and a half times the keep-alive ends it', async () => {
    const gateway = new FakeGateway();
    const { client, connection } = await gateway.connect({ keepalive: 10 });
    connection.checkDeadlines(performance.now() + 14_900);
    expect(connection.isEnded).toBe(false);
    connection.checkDeadlines(performance.now() + 15_100);
    await client.closed;
    expect(gateway.events.at(-1)).toBe('deviceDisconnected keep-alive-timeout');
  });

  test('device-mqtt 18: a token that ends takes the connection with it, skew included', async () => {
    const gateway = new FakeGateway();
    const expiresAt = new Date(Date.now() - 299_000);
    gateway.authenticator.grant = { ...gateway.authenticator.grant, expiresAt };
    const { client, connection } = await gateway.connect({ keepalive: 0 });
    connection.checkDeadlines(performance.now());
    expect(connection.isEnded).toBe(false);
    connection.checkDeadlines(performance.now() + 1_100);
    await client.closed;
    expect(gateway.events.at(-1)).toBe('deviceDisconnected token-expired');
  });
});

describe('drain', () => {
  test('what was read is stored and acknowledged, nothing more is read, then it ends', async () => {
    const gateway = new FakeGateway();
    gateway.log.isHeld = true;
    const { client, connection } = await gateway.connect({ will: willOf(events, 'gone') });
    client.send(publishPacket(events, 'a', { qos: 1, messageId: 1 }));
    await turns();
    const drained = connection.drain();
    client.send(publishPacket(events, 'b', { qos: 1, messageId: 2 }));
    await turns();
    expect(connection.isEnded).toBe(false);
    gateway.log.isHeld = false;
    gateway.log.settle();
    await drained;
    await client.closed;
    expect(client.hex).toBe(`${accepted}40020001`);
    expect(gateway.log.bodies).toEqual(['a', 'gone']);
    expect(gateway.events.at(-1)).toBe('deviceDisconnected gateway-stopped');
  });

  test('one that was paused stays so', async () => {
    const gateway = new FakeGateway({ pendingPublishesMax: 1 });
    gateway.log.isHeld = true;
    const { client, connection } = await gateway.connect();
    client.send(publishPacket(events, 'a', { qos: 1, messageId: 1 }));
    await turns();
    client.send(publishPacket(events, 'b', { qos: 1, messageId: 2 }));
    const drained = connection.drain();
    await turns();
    gateway.log.settle();
    await drained;
    expect(gateway.log.bodies).toEqual(['a']);
  });

  test('one that is being opened is given up, and waited for', async () => {
    const gateway = new FakeGateway();
    let judge: () => void = () => undefined;
    gateway.authenticator.onClaim = () => new Promise((resolve) => (judge = resolve));
    const { client, connection } = gateway.open();
    client.send(connectPacket());
    await turns();
    let isDrained = false;
    const drained = connection.drain().then(() => (isDrained = true));
    await turns();
    expect([connection.isEnded, isDrained]).toEqual([true, false]);
    judge();
    await drained;
    expect([gateway.table.size, gateway.events, client.hex]).toEqual([0, [], '']);
  });

  test('one that waits for CONNECT ends at once', async () => {
    const gateway = new FakeGateway();
    const { client, connection } = gateway.open();
    await connection.drain();
    await client.closed;
    expect(gateway.ended).toBe(1);
  });
});

test('the line at the end says who it was, why, and how much', async () => {
  const gateway = new FakeGateway();
  const { client } = await gateway.connect();
  client.send(publishPacket(events, 'four'), { cmd: 'disconnect' });
  await client.closed;
  expect(gateway.lines.at(-1)).toMatchObject({
    msg: 'connection ended',
    hub: 'h',
    deviceId: 'd1',
    remoteAddress: '192.0.2.1',
    cause: 'client-disconnect',
    messages: 1,
    bytes: 4,
  });
  expect(JSON.stringify(gateway.lines)).not.toContain('good');
});
