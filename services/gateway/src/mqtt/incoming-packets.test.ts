/** What a gateway keeps of packets whose end has not come, and for how long. */
import { describe, expect, test } from '@jest/globals';
import { collectGarbage } from '@linchpin/testing';
import { azureLimits } from '@linchpin/wire';
import { generate } from 'mqtt-packet';
import { fakeGrant } from '../domain/authenticator.fake.js';
import { connectPacket, publishPacket, willOf } from './client.fake.js';
import { FakeGateway, turns } from './gateway.fake.js';

const events = 'devices/d1/messages/events/';

describe('memory for packets that come in pieces', () => {
  const half = generate(publishPacket(events, 'x'.repeat(1_000))).subarray(0, 600);

  test('is bounded over all connections of a hub, and given back', async () => {
    const gateway = new FakeGateway({ partialBytesMax: 1_200 });
    const { connected } = gateway.services.partialInput;
    const one = await gateway.connect({ clientId: 'd1' });
    const two = await gateway.connect({ clientId: 'd2' });
    one.client.send(half);
    await turns();
    expect(connected.heldBytes).toBe(600);
    two.client.send(half);
    await two.client.closed;
    expect(connected.heldBytes).toBe(600);
    one.client.stream.destroy();
    await one.client.closed;
    await turns();
    expect(connected.heldBytes).toBe(0);
  });

  test('is not given to a connection that has ended in the same piece', async () => {
    const gateway = new FakeGateway();
    const { client } = await gateway.connect();
    client.send({ cmd: 'disconnect' }, half);
    await client.closed;
    expect(gateway.services.partialInput.connected.heldBytes).toBe(0);
  });

  test('what devices of one hub keep leaves room for those of another', async () => {
    const gateway = new FakeGateway({ partialBytesMax: 2_400 });
    const one = await gateway.connect({ clientId: 'd1' });
    const two = await gateway.connect({ clientId: 'd2' });
    const three = await gateway.connect({ clientId: 'd3' });
    for (const { client } of [one, two, three]) {
      client.send(half);
    }
    await three.client.closed;
    gateway.authenticator.grant = { ...fakeGrant, hub: 'other' };
    const other = await gateway.connect({ clientId: 'd4' });
    other.client.send(half);
    await turns();
    const ended = [one, two, other].map(({ connection }) => connection.isEnded);
    expect(ended).toEqual([false, false, false]);
  });

  test('those without a credential take nothing of what devices need, nor all of other addresses', async () => {
    const gateway = new FakeGateway({ partialBytesMax: 1_600 });
    const { unauthenticated, connected } = gateway.services.partialInput;
    const connectHalf = Buffer.concat([Buffer.from([0x10, 0xff, 0x7f]), Buffer.alloc(700)]);
    const stranger = gateway.open();
    stranger.client.send(connectHalf);
    const device = await gateway.connect();
    device.client.send(half);
    await turns();
    expect([unauthenticated.heldBytes, connected.heldBytes]).toEqual([703, 600]);
    const another = gateway.open();
    another.client.send(connectHalf);
    await another.client.closed;
    const elsewhere = gateway.open([], '192.0.2.2');
    elsewhere.client.send(connectPacket({ clientId: 'd2' }));
    await elsewhere.client.receive(1);
    expect(elsewhere.client.hex).toBe('20020000');
    expect(device.connection.isEnded).toBe(false);
  });

  test('CONNECT itself does not count with the connected, nor needs room among them', async () => {
    const gateway = new FakeGateway({ partialBytesMax: 1_200 });
    const { connected } = gateway.services.partialInput;
    const device = await gateway.connect();
    device.client.send(half);
    await turns();
    const will = willOf(events, 'x'.repeat(100));
    const { client } = await gateway.connect({ clientId: 'd2', will });
    expect([client.hex, connected.heldBytes]).toEqual(['20020000', 600]);
  });

  test('a CONNECT longer than any is not kept; one as long as it may be is', async () => {
    const gateway = new FakeGateway();
    const headOf = (length: number) =>
      Buffer.from([0x10, 0x80 | (length & 0x7f), 0x80 | ((length >> 7) & 0x7f), length >> 14]);
    const { mqttConnectLengthMax: lengthMax } = azureLimits;
    const [longest, longer] = [gateway.open(), gateway.open()];
    longest.client.send(headOf(lengthMax));
    longer.client.send(headOf(lengthMax + 1));
    await longer.client.closed;
    expect(longest.connection.isEnded).toBe(false);
  });

  test('a message may be longer than CONNECT, even right behind it', async () => {
    const gateway = new FakeGateway();
    const { client } = gateway.open();
    const body = 'x'.repeat(azureLimits.mqttConnectLengthMax);
    client.send(connectPacket(), publishPacket(events, body));
    await client.receive(1);
    await turns();
    expect(gateway.log.bodies).toEqual([body]);
  });

  test('CONNECT and what came behind it count while the credential is judged', async () => {
    const gateway = new FakeGateway();
    const { unauthenticated } = gateway.services.partialInput;
    const connect = generate(connectPacket());
    let judge: () => void = () => undefined;
    gateway.authenticator.onClaim = () => new Promise((resolve) => (judge = resolve));
    const { client } = gateway.open();
    client.send(connect, { cmd: 'pingreq' }, half);
    await turns();
    expect(unauthenticated.heldBytes).toBe(connect.length + 2 + 600);
    judge();
    await client.receive(2);
    expect(unauthenticated.heldBytes).toBe(0);
  });

  test('however small what comes behind CONNECT is, it takes what is counted', async () => {
    const gateway = new FakeGateway();
    const { unauthenticated } = gateway.services.partialInput;
    const judgements: (() => void)[] = [];
    gateway.authenticator.onClaim = () => new Promise((judge) => judgements.push(judge));
    const connect = generate(connectPacket());
    const pings = Buffer.from('c000'.repeat(8_000), 'hex');
    const before = usedBytes();
    for (let index = 0; index < 10; index++) {
      gateway.open().client.send(Buffer.concat([connect, pings]));
    }
    await turns();
    expect(unauthenticated.heldBytes).toBe(10 * (connect.length + pings.length));
    // As packets they would take 13 MB.
    expect(usedBytes() - before).toBeLessThan(5_000_000);
    expect(judgements.length).toBe(10);
  });

  test('what came behind CONNECT is counted with the connected, once let in', async () => {
    const gateway = new FakeGateway();
    const { unauthenticated, connected } = gateway.services.partialInput;
    const { client } = gateway.open();
    client.send(connectPacket(), half);
    await client.receive(1);
    expect([unauthenticated.heldBytes, connected.heldBytes]).toEqual([0, 600]);
  });

  test('a packet that does not end is given up, whatever its bytes, but not while it is not read', async () => {
    const gateway = new FakeGateway();
    const { client, connection, socket } = await gateway.connect({ keepalive: 0 });
    const begun = performance.now();
    client.send(half);
    await turns();
    client.send(Buffer.alloc(1));
    await turns();
    connection.checkDeadlines(begun + 163_000);
    expect(connection.isEnded).toBe(false);
    connection.checkDeadlines(performance.now() + 165_000);
    await client.closed;
    expect(socket.destroyed).toBe(true);
    expect(gateway.lines.at(-1)).toMatchObject({ cause: 'protocol-violation' });
  });

  test('who sends many packets that come in pieces has his time for each', async () => {
    const gateway = new FakeGateway();
    const { client, connection } = await gateway.connect({ keepalive: 0 });
    connection.checkDeadlines(performance.now() + 165_000);
    client.send(half);
    await turns();
    connection.checkDeadlines(performance.now() + 163_000);
    expect(connection.isEnded).toBe(false);
  });
});

function usedBytes(): number {
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
