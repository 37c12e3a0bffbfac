import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { eventually } from '@linchpin/testing';
import type { Sender } from 'rhea';
import { FakeAmqpGateway, tokenFor } from './gateway.fake.js';

let gateway: FakeAmqpGateway;
let one: Sender;
let two: Sender;

beforeEach(() => {
  gateway = new FakeAmqpGateway();
});

afterEach(() => {
  gateway.close();
});

/** Two devices of one connection. */
async function connect(): Promise<void> {
  const device = await gateway.connectDevice();
  await device.putToken(tokenFor('/devices/d2'));
  one = await device.openSender('/devices/d1/messages/events');
  two = await device.openSender('/devices/d2/messages/events');
}

function send(sender: Sender, count: number): void {
  for (let number = 0; number < count; number++) {
    sender.send({ body: `m${number}` });
  }
}

/** What is under way in memory comes to its end. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) {
    await new Promise(setImmediate);
  }
}

test('of all devices together counts, also of one that has gone, until it is stored', async () => {
  await connect();
  gateway.log.isHeld = true;
  send(one, 400);
  await eventually(() => gateway.log.waiting.length === 400);
  one.close();
  await eventually(() => !gateway.isConnected('d1'));
  send(two, 600);
  await eventually(() => gateway.log.waiting.length === 1_000);
  send(two, 1);
  await settled();
  expect(gateway.log.waiting).toHaveLength(1_000);

  gateway.log.settle(1);
  await eventually(() => gateway.log.waiting.length === 1_000);
});

test("of one device that waits for its hub's turn keeps all others from being read", async () => {
  gateway.credentials.grant = { limits: { sku: 'S1', units: 1, unlimited: false } };
  await connect();
  const budget = gateway.budgets.get('h/7/telemetry');
  budget.atHand = 0;
  send(one, 10);
  await eventually(() => budget.waiting.length === 10);
  send(two, 1);
  await settled();
  expect(budget.waiting).toHaveLength(10);

  budget.give(1);
  await eventually(() => budget.waiting.length === 10 && gateway.log.stored.length === 1);
});
