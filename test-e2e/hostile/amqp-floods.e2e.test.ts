/** AMQP clients that want too much of what the rules allow: each is bounded by itself, and others go on. */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '@linchpin/testing';
import { encodeFrame } from '../support/amqp/amqp-frames.js';
import {
  AmqpSocket,
  begin,
  encodeMessage,
  encodePut,
  encodeTwinRequest,
} from '../support/amqp/amqp-socket.js';
import { administer, createHub } from '../support/administration.js';
import { updateDesired } from '../support/back-end.js';
import { GatewayVitals } from '../support/gateway-vitals.js';
import { AmqpBystander } from '../support/hostile/amqp-bystander.js';
import { hub } from '../support/hub.js';
import { printFigures } from '../support/print-figures.js';
import { createDevice, tokenOf, type TestIdentity } from '../support/registry.js';

let vitals: GatewayVitals;
let bystander: AmqpBystander;
let attacker: AmqpBystander;
let client: AmqpSocket;

beforeAll(async () => {
  vitals = new GatewayVitals();
  bystander = await AmqpBystander.connect();
});

/** Of the attacker itself: a device that is let in, and has a link for its telemetry. */
async function connect(): Promise<void> {
  attacker = await AmqpBystander.connect();
  ({ client } = attacker);
}

afterEach(async () => {
  await bystander.expectServed();
  await client.end();
});

afterAll(async () => {
  await bystander.client.end();
  printFigures('AMQP floods', vitals.figures);
  vitals.expectUnharmed();
});

function addressOf({ deviceId }: TestIdentity, channel: string): string {
  return `/devices/${deviceId}/${channel}`;
}

test('sessions: as many as there are channels, and what they cost has a bound', async () => {
  client = await AmqpSocket.open();
  const begins = Array.from({ length: 8_191 }, (_, index) =>
    encodeFrame('begin', begin, { channel: index + 1 }),
  );
  client.write(Buffer.concat(begins));
  expect(await client.conditionOf('close')).toBe('amqp:resource-limit-exceeded');
});

test('links of many properties: their session ends, the connection goes on', async () => {
  await connect();
  client.send('begin', begin, { channel: 1 });
  const properties = Object.fromEntries(
    Array.from({ length: 1_000 }, (_, index) => [`property-${index}`, 'x'.repeat(30)]),
  );
  const attach = { role: false, properties };
  for (let handle = 0; handle < 1_000; handle++) {
    client.send('attach', { ...attach, name: `n${handle}`, handle }, { channel: 1 });
  }
  expect(await client.conditionOf('end')).toBe('amqp:resource-limit-exceeded');
  await attacker.expectServed();
});

test('links without end that are given up: each is answered, and nothing stays', async () => {
  await connect();
  const times = 5_000;
  for (let time = 0; time < times; time++) {
    client.attachSender(addressOf(attacker.identity, 'twin'), 5, { name: `link ${time}` });
    client.send('detach', { handle: 5, closed: true });
  }
  await eventually(() => client.frames.filter(({ name }) => name === 'detach').length === times);
  await attacker.expectServed();
});

test('what is sent on a link that is refused is ignored, and others of the client go on', async () => {
  await connect();
  client.attachSender('/devices/of-nobody/messages/events', 5);
  for (let time = 0; time < 1_000; time++) {
    client.transfer(5, encodeMessage(1_000));
  }
  expect(await client.detached(5)).toBe('amqp:unauthorized-access');
  await attacker.expectServed();
});

test('puts of tokens that are none: 400 or 401 for each, and without credit the link goes', async () => {
  client = await AmqpSocket.open();
  await client.openCbs();
  for (let time = 0; time < 100; time++) {
    expect(await client.putToken(`SharedAccessSignature sr=x&sig=y&se=${time}`)).toBe(401);
  }
  // What the registry must judge is not answered before the next ones come.
  const forged = tokenOf({
    ...attacker.identity,
    primaryKey: Buffer.alloc(32).toString('base64'),
  });
  for (let time = 0; time < 5_000; time++) {
    client.transfer(1_000, encodePut(`flood ${time}`, forged));
  }
  expect(await client.detached(1_000)).toBe('amqp:link:transfer-limit-exceeded');
  expect(client.isClosed).toBe(false);
});

test('a put of more than 16 KiB, and a message of more than 1 MiB: their links are detached', async () => {
  await connect();
  client.transfer(1_000, encodePut('large', 'x'.repeat(17_000)));
  expect(await client.detached(1_000)).toBe('amqp:link:message-size-exceeded');
  client.attachSender(addressOf(attacker.identity, 'twin'), 5);
  const more = { handle: 5, delivery_id: 1_000, delivery_tag: Buffer.from('m'), more: true };
  for (let part = 0; part < 20; part++) {
    client.send('transfer', more, { payload: Buffer.alloc(60_000) });
  }
  expect(await client.detached(5)).toBe('amqp:link:message-size-exceeded');
  await attacker.expectServed();
});

test('messages that never end, on each of many links: no more than there is room for', async () => {
  await connect();
  client.send('begin', { ...begin, next_outgoing_id: 0 }, { channel: 1 });
  for (let handle = 0; handle < 200; handle++) {
    const name = `n${handle}`;
    client.send('attach', { name, handle, role: false, initial_delivery_count: 0 }, { channel: 1 });
    const transfer = { handle, delivery_id: handle, delivery_tag: Buffer.from(name), more: true };
    client.send('transfer', transfer, { channel: 1, payload: Buffer.alloc(60_000) });
  }
  await client.expect('detach', ({ channel }) => channel === 1);
  await attacker.expectServed();
});

test('twins that are asked for and not read: the client is read no further, and each is answered', async () => {
  await connect();
  const values = Array.from({ length: 7 }, (_, index) => [`k${index}`, 'x'.repeat(4_000)] as const);
  await updateDesired(attacker.identity, Object.fromEntries(values));
  const twin = addressOf(attacker.identity, 'twin');
  client.attachReceiver(twin, 5, 1_000_000);
  client.attachSender(twin, 6);
  await client.expect('flow', ({ fields }) => fields['handle'] === 6);
  client.socket.pause();
  const requests = 1_000;
  for (let time = 0; time < requests; time++) {
    client.transfer(6, encodeTwinRequest('GET'), { settled: true });
  }
  for (let time = 0; time < 20; time++) {
    await bystander.expectServed();
  }

  client.socket.resume();
  const answers = () =>
    client.frames.filter(({ name, fields }) => name === 'transfer' && fields['handle'] === 5);
  await eventually(() => answers().length === requests);
  // So many may wait of one connection; what comes beyond is told so.
  const whole = answers().filter(({ payload }) => payload.length > 28_000);
  expect(whole.length).toBeGreaterThanOrEqual(64);
  await attacker.expectServed();
});

test('a link for a device of another: refused, with its own token, too, when that is of another hub', async () => {
  await connect();
  const name = `amqp-${Date.now()}`;
  const access = await createHub(name, `${name}.example.net`);
  const [victim, foreign] = await Promise.all([createDevice(), createDevice('d1', {}, access)]);
  client.attachSender(addressOf(victim, 'messages/events'), 5);
  expect(await client.detached(5)).toBe('amqp:unauthorized-access');

  const stolen = tokenOf({ ...victim, primaryKey: attacker.identity.primaryKey });
  expect(await client.putToken(stolen)).toBe(401);
  client.attachReceiver(addressOf(victim, 'messages/devicebound'), 6);
  expect(await client.detached(6)).toBe('amqp:unauthorized-access');

  // The token of a device says in which hub it is: this one is none of the hub's of the connection.
  expect(await client.putToken(tokenOf(foreign, undefined, hub.host))).toBe(404);
  client.attachSender(addressOf(foreign, 'twin'), 7);
  expect(await client.detached(7)).toBe('amqp:unauthorized-access');
  await attacker.expectServed();
  await administer('DELETE', `/${name}`);
});
