import { once, type EventEmitter } from 'node:events';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { eventually } from '@linchpin/testing';
import type { Delivery, EventContext, Receiver } from 'rhea';
import { MessageDeliveries } from '../domain/message-deliveries.js';
import { FakeAmqpGateway } from './gateway.fake.js';

const source = '/devices/d1/messages/devicebound';

let gateway: FakeAmqpGateway;
let receiver: Receiver;
let got: Delivery[];

beforeEach(() => {
  gateway = new FakeAmqpGateway();
});

afterEach(() => {
  jest.useRealTimers();
  jest.restoreAllMocks();
  gateway.close();
});

/** Sends messages to a device that settles by the second mode: the hub has the last word. */
async function receive(...bodies: readonly string[]): Promise<void> {
  for (const body of bodies) {
    gateway.messages.send('h/d1', body);
  }
  const { client } = await gateway.connectDevice();
  got = [];
  receiver = client.open_receiver({
    source,
    ...{ autoaccept: false, autosettle: false, rcv_settle_mode: 1 },
  });
  receiver.on('message', ({ delivery }: EventContext) => {
    got.push(delivery!);
  });
  await eventually(() => got.length === bodies.length && gateway.isConnected('d1'));
}

/** With what the hub settles a delivery that the device disposes of as accepted, and with which error. */
async function accept(delivery: Delivery): Promise<string[]> {
  const settled = once(receiver as unknown as EventEmitter, 'settled');
  delivery.accept();
  const [context] = (await settled) as [EventContext];
  expect(context.delivery).toBe(delivery);
  const state = context.delivery!.remote_state as { readonly error?: { condition: string } };
  // rhea's outcomes tell their names so.
  return [String(state.constructor), state.error?.condition ?? ''];
}

const accepted = ['accepted#24', ''];

/** No call is carried out until what is returned is called. */
function holdAnswers(): () => void {
  let letGo: () => void = () => undefined;
  gateway.messages.gate = new Promise((resolve) => {
    letGo = resolve;
  });
  return letGo;
}

/** What is under way in memory comes to its end. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) {
    await new Promise(setImmediate);
  }
}

test('amqp 35: what a device disposes of and does not settle, the hub settles', async () => {
  await receive('a');
  expect(await accept(got[0]!)).toEqual(accepted);
  expect(gateway.messages.left('h/d1')).toEqual([]);
});

test('amqp 35: what it disposes of behind the minute of its lock is lost, and comes anew', async () => {
  await receive();
  const [entry] = gateway.table.all();
  const downlink = await entry!.connection.downlink();
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
  gateway.messages.send('h/d1', 'a');
  downlink!.tellMessagesWait();
  await settled();
  gateway.messages.loseLocks('h/d1');
  jest.advanceTimersByTime(61_000);
  await settled();
  expect(got).toHaveLength(2);

  expect(await accept(got[0]!)).toEqual(['rejected#25', 'com.microsoft:message-lock-lost']);
  expect(gateway.messages.left('h/d1')).toEqual(['a 0 locked']);
  expect(await accept(got[1]!)).toEqual(accepted);
  expect(gateway.messages.left('h/d1')).toEqual([]);
});

test('links that come and go while the first gives back lock nothing, and the last does then', async () => {
  gateway.messages.send('h/d1', 'a');
  const device = await gateway.connectDevice();
  await device.openSender('/devices/d1/messages/events');
  const answer = holdAnswers();
  const first = device.client.open_receiver({ source });
  await eventually(() => gateway.messages.calls.length === 1);
  first.close();
  for (let number = 1; number <= 10; number++) {
    const other = device.client.open_receiver({ source });
    await once(other as unknown as EventEmitter, 'receiver_open');
    other.close();
  }
  const last = device.client.open_receiver({ source, credit_window: 0 });
  await once(last as unknown as EventEmitter, 'receiver_open');
  const drained = once(last as unknown as EventEmitter, 'receiver_drained');
  last.add_credit(5);
  last.drain_credit();
  await settled();
  expect(gateway.messages.calls).toHaveLength(1);

  const got = once(last as unknown as EventEmitter, 'message');
  answer();
  await Promise.all([got, drained]);
  const calls = gateway.messages.calls.map((call) => call.split(' ')[0]);
  expect(calls).toEqual(['lock', 'release', 'lock']);
});

test('a client that asks to drain on and on is waited for once', async () => {
  const { client } = await gateway.connectDevice();
  const answer = holdAnswers();
  const drainer = client.open_receiver({ source, credit_window: 0 });
  await once(drainer as unknown as EventEmitter, 'receiver_open');
  drainer.add_credit(1);
  await eventually(() => gateway.messages.calls.length === 1);
  const idle = jest.spyOn(MessageDeliveries.prototype, 'idle');
  for (let time = 1; time <= 20; time++) {
    drainer.drain_credit();
    await settled();
  }
  expect(idle).toHaveBeenCalledTimes(1);
  const drained = once(drainer as unknown as EventEmitter, 'receiver_drained');
  answer();
  await drained;
});
