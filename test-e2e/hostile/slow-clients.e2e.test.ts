/** Clients that take their time: each is ended by a limit, or held without harm to others. */
import { connect as connectTcp } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '@linchpin/testing';
import { eventsTopic, open } from '../support/device-client.js';
import { openTcp, openTls } from '../support/device-socket.js';
import { gatewaysCount, GatewayVitals } from '../support/gateway-vitals.js';
import { connectPacket } from '../support/hostile/cases.js';
import { field, rawPacket, remainingLength, uint16 } from '../support/hostile/raw-packet.js';
import { lifeMs } from '../support/hostile/socket-life.js';
import { inParallel } from '../support/in-parallel.js';
import { printFigures } from '../support/print-figures.js';
import { processState } from '../support/processes.js';
import { createDevice, type TestIdentity } from '../support/registry.js';

/** The hub under test waits 8 s for a handshake, and as long for CONNECT. */
const limitMs = 8_000;
const slackMs = 8_000;

let vitals: GatewayVitals;
let device: TestIdentity;

beforeAll(async () => {
  vitals = new GatewayVitals();
  device = await createDevice();
});

afterAll(() => {
  vitals.expectUnharmed();
});

test('a client that dawdles before it has shown a credential is cut at the limit', async () => {
  const refused = await gatewaysCount('linchpin_gateway_connects_refused_total');
  const dripping = await openTls();
  const bytes = connectPacket(device);
  let sent = 0;
  const drip = setInterval(() => dripping.write(bytes.subarray(sent, ++sent)), 1_000);
  const { port } = processState('gateway-1');
  const halfHeader = connectTcp({ host: '127.0.0.1', port });
  halfHeader.write(Buffer.from('0d0a0d0a000d0a51', 'hex'));
  const lives = await Promise.all([
    lifeMs(dripping),
    lifeMs(await openTls()),
    lifeMs(openTcp()),
    lifeMs(halfHeader),
  ]);
  clearInterval(drip);

  const [connect, silence, handshake, header] = lives;
  printFigures('slow before CONNECT, closed after ms', { connect, silence, handshake, header });
  for (const life of lives) {
    expect(life).toBeGreaterThan(limitMs - 1_000);
    expect(life).toBeLessThan(limitMs + slackMs);
  }
  const refusedSince = (await gatewaysCount('linchpin_gateway_connects_refused_total')) - refused;
  expect(refusedSince).toBeGreaterThanOrEqual(2);
});

test('a client that never reads its answers is read no further, and loses none', async () => {
  const client = await open(device);
  client.send({
    cmd: 'subscribe',
    messageId: 1,
    subscriptions: [{ topic: '$iothub/twin/res/#', qos: 0 }],
  });
  await client.expect('suback');
  client.received.splice(0);
  client.socket.pause();
  const requests = 64_000;
  const request = rawPacket(0x30, field(`$iothub/twin/GET/?$rid=${'r'.repeat(1_000)}`));
  const block = Buffer.concat(Array.from({ length: 100 }, () => request));
  for (let sent = 0; sent < requests; sent += 100) {
    client.sendBytes(block);
  }

  const other = await createDevice();
  const bystander = await open(other);
  let id = 0;
  let left: number;
  do {
    left = client.socket.writableLength;
    for (const end = id + 50; id < end;) {
      await bystander.publish(eventsTopic(other), 'unhurried', ++id);
    }
  } while (client.socket.writableLength < left);
  await bystander.disconnect();
  printFigures('a client that does not read', {
    'bytes left to send': left,
  });
  expect(left).toBeGreaterThan(0);

  client.socket.resume();
  await eventually(() => client.received.length === requests, 50_000);
  await client.disconnect();
});

test('messages that come in pieces take no more memory than there is for them', async () => {
  const bodyBytes = 262_144;
  // One hub alone may keep half of what there is for all that are connected.
  const budgetBytes = 24 * 1_048_576;
  const identities = await inParallel(Array.from({ length: 120 }), 16, () => createDevice());
  const clients = await inParallel(identities, 16, async (identity) => {
    const client = await open(identity, {}, { gateway: 'gateway-1' });
    const head = Buffer.concat([field(eventsTopic(identity)), uint16(1)]);
    const length = remainingLength(head.length + bodyBytes);
    client.sendBytes(
      Buffer.concat([Buffer.from([0x32]), length, head, Buffer.alloc(bodyBytes - 1)]),
    );
    return client;
  });
  const mayStay = Math.floor(budgetBytes / bodyBytes);
  await eventually(() => clients.filter(({ isClosed }) => !isClosed).length <= mayStay);

  const ordinary = await open(device, {}, { gateway: 'gateway-1' });
  await ordinary.publish(eventsTopic(device), 'in one piece', 1);
  await ordinary.disconnect();
  const stayed = clients.filter(({ isClosed }) => !isClosed);
  printFigures('messages in pieces', {
    sent: clients.length,
    kept: stayed.length,
    ...vitals.figures,
  });
  expect(stayed.length).toBeGreaterThan(mayStay / 2);
  const [first] = stayed;
  first!.sendBytes(Buffer.alloc(1));
  await first!.expect('puback');
  for (const client of clients) {
    client.destroy();
  }
});
