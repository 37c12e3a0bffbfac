import { once, type EventEmitter } from 'node:events';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { eventually } from '@linchpin/testing';
import { FakeAmqpGateway, tokenFor } from './gateway.fake.js';

const hourMs = 3_600_000;
/** A token counts for five minutes longer than it says. */
const graceMs = 300_000;

let gateway: FakeAmqpGateway;

beforeEach(() => {
  gateway = new FakeAmqpGateway();
});

afterEach(() => {
  gateway.close();
});

function expireIn(ms: number): void {
  gateway.credentials.grant = { expiresAt: new Date(Date.now() + ms) };
}

test('amqp 20: of two devices the one whose token expires loses its links, the other goes on', async () => {
  const device = await gateway.connectDevice();
  await device.putToken(tokenFor('/devices/d2'));
  expireIn(hourMs);
  const one = await device.openSender('/devices/d1/messages/events');
  expireIn(2 * hourMs);
  await device.openSender('/devices/d2/messages/events');
  const detached = once(one as unknown as EventEmitter, 'sender_error');

  device.connection.checkDeadlines(performance.now() + hourMs + graceMs + 1_000);
  await detached;
  expect(one.error).toMatchObject({ condition: 'amqp:unauthorized-access' });
  expect([gateway.isConnected('d1'), gateway.isConnected('d2')]).toEqual([false, true]);
});

test('amqp 20: a device that renews its token keeps its links', async () => {
  const device = await gateway.connectDevice();
  expireIn(hourMs);
  const sender = await device.openSender('/devices/d1/messages/events');
  expireIn(2 * hourMs);
  expect(await device.putToken(tokenFor('/devices/d1'))).toMatchObject({ status: 200 });

  device.connection.checkDeadlines(performance.now() + hourMs + graceMs + 1_000);
  sender.send({ body: 'still' });
  await eventually(() => gateway.log.bodies.length === 1);
  expect(gateway.isConnected('d1')).toBe(true);
});

test("a policy's token renews all whom it covers, though one of them is refused", async () => {
  const device = await gateway.connect();
  await device.putToken(tokenFor('', { policy: 'device' }));
  expireIn(hourMs);
  await device.openSender('/devices/d1/messages/events');
  await device.openSender('/devices/d2/messages/events');
  gateway.credentials.unknown.add('d1');
  expireIn(2 * hourMs);
  expect(await device.putToken(tokenFor('', { policy: 'device' }))).toMatchObject({ status: 200 });

  device.connection.checkDeadlines(performance.now() + hourMs + graceMs + 1_000);
  await eventually(() => !gateway.isConnected('d1'));
  expect(gateway.isConnected('d2')).toBe(true);
});

test("a token of a device of the same id in another hub does not take the session's place", async () => {
  const device = await gateway.connectDevice();
  await device.openSender('/devices/d1/messages/events');
  gateway.credentials.grant = { hub: 'other' };
  expect(await device.putToken(tokenFor('/devices/d1'))).toMatchObject({ status: 401 });
  expect(gateway.table.accesses.ofHub('other')).toEqual([]);
  expect(gateway.table.accesses.ofHub('h')).toHaveLength(1);
});

test.each(['methods/devicebound', 'twin'])(
  'amqp 44: a sender at %s without its receiver blocks nobody',
  async (path) => {
    const device = await gateway.connectDevice();
    const alone = await device.openSender(`/devices/d1/${path}`);
    alone.send({ body: 'nothing' });
    const sender = await device.openSender('/devices/d1/messages/events');
    sender.send({ body: 'telemetry' });
    await eventually(() => gateway.log.bodies.includes('telemetry'));
    expect(alone.is_open()).toBe(true);
  },
);
