import { once, type EventEmitter } from 'node:events';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { eventually } from '@linchpin/testing';
import { HubError } from '@linchpin/wire';
import rhea, { type EventContext, type Message, type Sender } from 'rhea';
import { FakeAmqpGateway, tokenFor, type RheaDevice } from './gateway.fake.js';

let gateway: FakeAmqpGateway;
let service: RheaDevice;
let sender: Sender;

beforeEach(async () => {
  gateway = new FakeAmqpGateway();
  service = await gateway.connect();
  await service.putToken(tokenFor('', { policy: 'service' }));
  sender = await service.openSender('/messages/devicebound');
});

afterEach(() => {
  gateway.close();
});

const to = '/devices/d1/messages/devicebound';
const bytes = (length: number) => rhea.message.data_section(Buffer.alloc(length)) as object;

const names = (count: number) => Array.from({ length: count }, (_, name) => [name, ''] as const);

/** The outcome of what is sent. */
async function send(message: object, format?: number): Promise<string> {
  const outcome = Promise.race([
    once(sender as unknown as EventEmitter, 'accepted').then(() => 'accepted'),
    once(sender as unknown as EventEmitter, 'rejected').then(([{ delivery }]) => {
      const { condition } = (delivery as { remote_state: { error: { condition: string } } })
        .remote_state.error;
      return condition;
    }),
  ]);
  sender.send(message as Message, undefined, format);
  return outcome;
}

test('a message is accepted when it is stored', async () => {
  let store: () => void = () => undefined;
  gateway.sentMessages.gate = new Promise((resolve) => {
    store = resolve;
  });
  let isTold = false;
  const outcome = send({ to, body: 'hello', application_properties: { 'iothub-ack': 'full' } });
  void outcome.then(() => {
    isTold = true;
  });
  await eventually(() => (sender as unknown as { credit: number }).credit < 64);
  expect(isTold).toBe(false);
  store();
  expect(await outcome).toBe('accepted');
  expect(gateway.sentMessages.stored).toMatchObject([
    { hub: 'h', receiver: { deviceId: 'd1' }, message: { to, ack: 'full' } },
  ]);
});

test.each([
  ['/devices/a%2Bb%23/messages/deviceBound', { deviceId: 'a+b#' }],
  ['devices/d1/modules/m%201/messages/devicebound', { deviceId: 'd1', moduleId: 'm 1' }],
  ['amqps://any.host/devices/d1/messages/devicebound', { deviceId: 'd1' }],
])('to %s is for whom it names, in the hub of the token', async (address, receiver) => {
  expect(await send({ to: address, body: '' })).toBe('accepted');
  expect(gateway.sentMessages.stored).toMatchObject([{ hub: 'h', receiver }]);
});

test.each<[string, string, object]>([
  ['com.microsoft:argument-error', 'no receiver', { body: '' }],
  ['com.microsoft:argument-error', 'another address', { to: '/devices/d1/twin', body: '' }],
  [
    'com.microsoft:argument-error',
    'an unknown ack',
    { to, application_properties: { 'iothub-ack': 'maybe' }, body: '' },
  ],
  [
    'com.microsoft:argument-error',
    'an expiry that is over',
    { to, absolute_expiry_time: 1, body: '' },
  ],
  [
    'com.microsoft:argument-error',
    'an expiry beyond two days',
    { to, absolute_expiry_time: Date.now() + 49 * 3_600_000, body: '' },
  ],
  ['amqp:link:message-size-exceeded', 'more than 64 KB', { to, body: bytes(65_537) }],
  ['amqp:decode-error', 'a body of another kind', { to, body: { a: 1 } }],
  ['amqp:not-found', 'an unknown device', { to: '/devices/d9/messages/devicebound', body: '' }],
])('amqp 45: %s rejects %s', async (condition, _, message) => {
  gateway.sentMessages.unknown.add('d9');
  expect(await send(message)).toBe(condition);
  expect(gateway.sentMessages.stored).toEqual([]);
  expect(await send({ to, body: 'still' })).toBe('accepted');
});

test.each([
  ['amqp 37', 'DeviceMaximumQueueDepthExceeded', 'amqp:resource-limit-exceeded'],
  ['throttled', 'ThrottlingException', 'com.microsoft:device-container-throttled'],
  ['away', 'ServiceUnavailable', 'amqp:internal-error'],
] as const)('%s: what the store says is told', async (_, code, condition) => {
  gateway.sentMessages.failure = new HubError(code, 'no');
  expect(await send({ to, body: '' })).toBe(condition);
});

test('a message far beyond that ends the link', async () => {
  const detached = once(sender as unknown as EventEmitter, 'sender_error');
  sender.send({ to, body: bytes(262_144) });
  await detached;
  expect(sender.error).toMatchObject({ condition: 'amqp:link:message-size-exceeded' });
});

test.each<[string, object, number]>([
  ['its body', { to, body: bytes(50_000) }, 50_000],
  ['where it goes', { to: `amqps://${'h'.repeat(50_000)}${to}`, body: '' }, 50_000],
  [
    'the number of its properties',
    { to, body: '', application_properties: Object.fromEntries(names(500)) },
    50_000,
  ],
])('one that waits counts with %s', async (_, message, bytesMin) => {
  let store: () => void = () => undefined;
  gateway.sentMessages.gate = new Promise((resolve) => {
    store = resolve;
  });
  const outcome = send(message);
  const { exchanges } = gateway.services;
  await eventually(() => exchanges.heldBytes > bytesMin);
  store();
  expect(await outcome).toBe('accepted');
  await eventually(() => exchanges.heldBytes === 0);
});

test('a batch is refused as a whole', async () => {
  const parts = rhea.message.data_sections([rhea.message.encode({ body: 'a' })]) as object;
  const payload = rhea.message.encode({ to, body: parts });
  expect(await send(payload as unknown as object, 0x80013700)).toBe('amqp:not-implemented');
});

test('messages for one device are stored in the order in which they came, as many as there are', async () => {
  const sent = Array.from({ length: 500 }, (_, number) => String(number));
  let accepted = 0;
  sender.on('accepted', () => {
    accepted += 1;
  });
  const waiting = [...sent];
  const sendSome = (): void => {
    while (waiting.length > 0 && sender.sendable()) {
      sender.send({ to, body: waiting.shift() });
    }
  };
  sender.on('sendable', sendSome);
  sendSome();
  await eventually(() => accepted === sent.length);
  expect(gateway.sentMessages.bodies).toEqual(sent);
});

test('what waits for its turn when the access ends is not sent', async () => {
  let store: () => void = () => undefined;
  gateway.sentMessages.gate = new Promise((resolve) => {
    store = resolve;
  });
  sender.send({ to, body: 'under way' });
  sender.send({ to, body: 'waits' });
  await eventually(() => (sender as unknown as { credit: number }).credit < 63);
  sender.close();
  await eventually(() => gateway.table.accesses.ofHub('h').length === 0);
  store();
  await eventually(() => gateway.sentMessages.stored.length === 1);
  await new Promise(setImmediate);
  expect(gateway.sentMessages.bodies).toEqual(['under way']);
});

test('what waits for its turn when the gateway stops is rejected, and holds up no stop', async () => {
  let store: () => void = () => undefined;
  gateway.sentMessages.gate = new Promise((resolve) => {
    store = resolve;
  });
  const conditions: unknown[] = [];
  sender.on('rejected', ({ delivery }: EventContext) => {
    conditions.push((delivery?.remote_state as { error: { condition: string } }).error.condition);
  });
  sender.send({ to, body: 'under way' });
  sender.send({ to, body: 'waits' });
  await eventually(() => (sender as unknown as { credit: number }).credit < 63);
  void service.connection.drain();
  store();
  await once(sender as unknown as EventEmitter, 'sender_error');
  expect(conditions).toEqual(['amqp:internal-error']);
  expect(gateway.sentMessages.bodies).toEqual(['under way']);
});

test("no device's token opens it", async () => {
  const device = await gateway.connectDevice();
  const refused = device.client.open_sender({ target: '/messages/devicebound' });
  await once(refused as unknown as EventEmitter, 'sender_error');
  expect(refused.error).toMatchObject({ condition: 'amqp:unauthorized-access' });
});
