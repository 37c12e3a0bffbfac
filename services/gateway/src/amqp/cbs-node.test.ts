import { once, type EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { eventually } from '@linchpin/testing';
import rhea, { type EventContext, type Sender } from 'rhea';
import { FakeAmqpGateway, tokenFor, type RheaDevice } from './gateway.fake.js';

let gateway: FakeAmqpGateway;

beforeEach(() => {
  gateway = new FakeAmqpGateway();
});

afterEach(() => {
  gateway.close();
});

/** The answer to one put, as rhea reads it. */
async function put(messageId: unknown, name: string): Promise<EventContext['message']> {
  const { client } = await gateway.connect();
  const answer = once(
    client.open_receiver({ source: '$cbs' }) as unknown as EventEmitter,
    'message',
  );
  const sender = client.open_sender({ target: '$cbs' });
  await once(sender as unknown as EventEmitter, 'sendable');
  sender.send({
    message_id: messageId as string,
    application_properties: {
      ...{ operation: 'put-token', type: 'servicebus.windows.net:sastoken', name },
    },
    body: tokenFor('/devices/d1'),
  });
  const [context] = (await answer) as [EventContext];
  return context.message;
}

test.each([
  ['text', 'put-1', 'put-1'],
  ['the number 0', rhea.types.wrap_ulong(0), 0],
  ['a number', rhea.types.wrap_ulong(5), 5],
  ['bytes', rhea.types.wrap_binary(Buffer.from('id')), Buffer.from('id')],
  ['a uuid', rhea.types.wrap_uuid(Buffer.alloc(16, 7)), Buffer.alloc(16, 7)],
])('amqp 13: an id that is %s comes back', async (_, id, told) => {
  const message = await put(id, 'h.example.net/devices/d1');
  expect(message?.correlation_id).toEqual(told);
});

test('amqp 15: the status is an int, with a description', async () => {
  const message = await put('1', 'h.example.net/devices/d1');
  expect(message?.application_properties).toEqual({
    'status-code': 200,
    'status-description': 'OK',
  });
});

test.each([
  'h.example.net/devices/d1',
  'h.example.net%2Fdevices%2Fd1',
  'https://h.example.net/devices/d1',
  'sb://h.example.net/devices/d1',
  'amqps://h.example.net/devices/d1',
])('amqp 18: a token put under the name %s counts', async (name) => {
  const message = await put('1', name);
  expect(message?.application_properties).toMatchObject({ 'status-code': 200 });
});

test('a connection has few links for tokens', async () => {
  const device = await gateway.connect();
  const links = await Promise.all(Array.from({ length: 4 }, () => device.openSender('$cbs')));
  const refused = device.client.open_sender({ target: '$cbs' });
  await once(refused as unknown as EventEmitter, 'sender_error');
  expect(refused.error).toMatchObject({ condition: 'amqp:resource-limit-exceeded' });
  links[0]!.close();
  await once(links[0] as unknown as EventEmitter, 'sender_close');
  await device.openSender('$cbs');
});

describe('tokens that are not judged', () => {
  const token = tokenFor('/devices/d1');
  let judge: () => void;
  let device: RheaDevice;
  let sender: Sender;

  beforeEach(async () => {
    judge = gateway.credentials.holdVerdicts();
    device = await gateway.connect();
    sender = await device.openSender('$cbs');
  });

  /** @returns what waits then */
  async function putSome(): Promise<number> {
    const { unauthenticated } = gateway.services.partialInput;
    for (let number = 0; number < 10; number++) {
      putAny();
    }
    // The last has come, too: each takes as much beside its own bytes.
    await eventually(() => unauthenticated.heldBytes > 10 * (token.length + 2_048));
    return unauthenticated.heldBytes;
  }

  function putAny(): void {
    sender.send({
      application_properties: { operation: 'put-token', type: 'servicebus.windows.net:sastoken' },
      body: token,
    });
  }

  test('count for who has shown none', async () => {
    await putSome();
    const accepted = once(sender as unknown as EventEmitter, 'accepted');
    judge();
    await accepted;
    const { unauthenticated } = gateway.services.partialInput;
    await eventually(() => unauthenticated.heldBytes === 0);
  });

  test('count when their connection is gone, too', async () => {
    const bytes = await putSome();
    device.sockets.near.destroy();
    await once(device.sockets.far, 'close');
    const { unauthenticated } = gateway.services.partialInput;
    expect(unauthenticated.heldBytes).toBe(bytes);
    judge();
    await eventually(() => unauthenticated.heldBytes === 0);
  });

  test('are rejected when their address has no room, until it has', async () => {
    const { unauthenticated } = gateway.services.partialInput;
    const [name = ''] = unauthenticated.names;
    const others = unauthenticated.enter(name);
    expect(others.resize(5_000_000 - 1_000)).toBe(true);
    const rejected = once(sender as unknown as EventEmitter, 'rejected');
    putAny();
    await rejected;
    others.leave();
    const accepted = once(sender as unknown as EventEmitter, 'accepted');
    putAny();
    judge();
    await accepted;
  });
});

test('tokens that are held count for their hub, and end who has no room for them', async () => {
  const device = await gateway.connect();
  const closed = once(device.client as unknown as EventEmitter, 'connection_error');
  const longToken = (path: string): string => `${tokenFor(path)}&any=`.padEnd(8_000, 'x');
  for (let number = 1; number <= 10; number++) {
    const answer = await device.putToken(longToken(`/devices/d${number}`));
    expect(answer.status).toBe(200);
  }
  const { connected } = gateway.services.partialInput;
  expect(connected.heldBytes).toBeGreaterThan(10 * 8_000);
  // Of what one hub may have: enough for a token while it is judged, and not once it is held.
  const leftBytes = 12_000;
  const others = connected.enter('h');
  expect(others.resize(5_000_000 - connected.heldBytes - leftBytes)).toBe(true);
  await device.putToken(longToken('/devices/d11'));
  await closed;
  expect(device.client.error).toMatchObject({ condition: 'amqp:resource-limit-exceeded' });
});
