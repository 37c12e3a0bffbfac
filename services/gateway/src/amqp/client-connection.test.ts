import { once, type EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { eventually } from '@linchpin/testing';
import rhea, {
  type Delivery,
  type EventContext,
  type Message,
  type Receiver,
  type Sender,
} from 'rhea';
import { FakeAmqpGateway, tokenFor, type RheaDevice } from './gateway.fake.js';

let gateway: FakeAmqpGateway;

beforeEach(() => {
  gateway = new FakeAmqpGateway();
});

afterEach(() => {
  gateway.close();
});

function dataSection(content: Buffer): object {
  return rhea.message.data_section(content) as object;
}

function eventOf(emitter: unknown, name: string): Promise<EventContext> {
  return once(emitter as EventEmitter, name).then(([context]) => context as EventContext);
}

/** The outcome of what is sent next. */
async function send(sender: Sender, message: object): Promise<string> {
  const outcome = Promise.race([
    eventOf(sender, 'accepted').then(() => 'accepted'),
    eventOf(sender, 'rejected').then(
      ({ delivery }) =>
        (delivery?.remote_state as { error: { condition: string } }).error.condition,
    ),
  ]);
  sender.send(message as Message);
  return outcome;
}

describe('$cbs', () => {
  test('amqp 17: says whether a token counts, and stays', async () => {
    gateway.credentials.unknown.add('d9');
    const device = await gateway.connect();

    expect(await device.putToken(tokenFor('/devices/d1'))).toEqual({
      status: 200,
      description: 'OK',
    });
    expect(await device.putToken(tokenFor('/devices/d1', { isGood: false }))).toMatchObject({
      status: 401,
    });
    expect(await device.putToken(tokenFor('/devices/d9'))).toMatchObject({ status: 404 });
    expect(await device.putToken('nonsense')).toMatchObject({ status: 401 });
    expect(await device.putToken(tokenFor(''))).toMatchObject({ status: 401 });
    expect(await device.putToken(tokenFor('', { policy: 'device' }))).toMatchObject({
      status: 200,
    });
  });

  test('amqp 16: takes both kinds of tokens in any letter case, and no other', async () => {
    const device = await gateway.connect();
    const token = tokenFor('/devices/d1');

    expect(await device.putToken(token, { type: 'Azure-Devices.net:SASToken' })).toMatchObject({
      status: 200,
    });
    expect(await device.putToken(token, { type: 'other' })).toMatchObject({ status: 400 });
    expect(await device.putToken(token, { type: 'jwt' })).toMatchObject({ status: 401 });
    expect(await device.putToken(token, { operation: 'delete' })).toMatchObject({ status: 400 });
  });
});

describe('telemetry', () => {
  test('amqp 27: is accepted when it is stored', async () => {
    const device = await gateway.connectDevice();
    const sender = await device.openSender('/devices/d1/messages/events');
    const outcome = await send(sender, {
      body: dataSection(Buffer.from('hello')),
      message_id: 'm1',
    });

    expect(outcome).toBe('accepted');
    expect(gateway.log.stored).toHaveLength(1);
  });

  test('amqp 23: of another device on the connection is refused, and harms nobody', async () => {
    const device = await gateway.connectDevice();
    const sender = await device.openSender('/devices/d1/messages/events');
    const refused = device.client.open_sender({ target: '/devices/d2/messages/events' });
    await eventOf(refused, 'sender_error');

    expect((refused.error as { condition: string }).condition).toBe('amqp:unauthorized-access');
    expect(await send(sender, { body: 'still' })).toBe('accepted');
  });

  test('amqp 19: of several devices on one connection, each by its own token', async () => {
    const device = await gateway.connectDevice();
    await device.putToken(tokenFor('/devices/d2'));
    const one = await device.openSender('/devices/d1/messages/events');
    const two = await device.openSender('amqps://h.example.net/devices/d2/messages/events');
    await send(one, { body: '1' });
    await send(two, { body: '2' });

    expect([gateway.isConnected('d1'), gateway.isConnected('d2')]).toEqual([true, true]);
    two.close();
    await eventually(() => !gateway.isConnected('d2'));
    expect(gateway.isConnected('d1')).toBe(true);
  });

  test('with a certificate in the place of a token', async () => {
    const device = await gateway.connect([Buffer.from('der')]);
    const sender = await device.openSender('/devices/d1/messages/events');

    expect(await send(sender, { body: 'hello' })).toBe('accepted');
    expect(gateway.credentials.claims.at(-1)).toMatchObject({
      host: 'h.example.net',
      credential: { kind: 'certificates' },
    });
  });

  test('amqp 29: of more than 256 KB is rejected, and the link stays', async () => {
    const device = await gateway.connectDevice();
    const sender = await device.openSender('/devices/d1/messages/events');

    expect(await send(sender, { body: dataSection(Buffer.alloc(300 * 1024)) })).toBe(
      'amqp:link:message-size-exceeded',
    );
    expect(await send(sender, { body: 'small' })).toBe('accepted');
  });

  test('amqp 31: five thousand, one behind the other', async () => {
    const device = await gateway.connectDevice();
    const sender = await device.openSender('/devices/d1/messages/events');
    let accepted = 0;
    sender.on('accepted', () => {
      accepted += 1;
    });
    let sent = 0;
    const pump = (): void => {
      while (sender.sendable() && sent < 5_000) {
        sender.send({ body: `m${sent}` });
        sent += 1;
      }
    };
    sender.on('sendable', pump);
    pump();
    await eventually(() => accepted === 5_000);

    expect(gateway.log.stored).toHaveLength(5_000);
  });
});

describe('a client', () => {
  test('who has proven nothing has few devices judged at once', async () => {
    const { client } = await gateway.connect([Buffer.from('der')]);
    gateway.credentials.holdVerdicts();
    const refused: string[] = [];
    for (let number = 0; number < 20; number++) {
      const sender = client.open_sender({ target: `/devices/d${number}/messages/events` });
      sender.on('sender_error', () => {
        refused.push((sender.error as { condition: string }).condition);
      });
    }
    await eventually(() => refused.length > 0 && gateway.credentials.claims.length > 0);
    await settled();

    expect(gateway.credentials.claims).toHaveLength(8);
    expect(refused).toEqual(Array.from({ length: 12 }, () => 'amqp:resource-limit-exceeded'));
  });

  test('of whom no device is connected is sent away after a while', async () => {
    const { client, connection } = await gateway.connectDevice();
    const closed = eventOf(client, 'connection_close');
    connection.checkDeadlines(performance.now() + 299_000);
    expect(client.is_open()).toBe(true);
    connection.checkDeadlines(performance.now() + 301_000);

    await closed;
    expect(client.error).toMatchObject({ condition: 'amqp:connection:forced' });
  });

  test('whose link goes before its device is let in is not connected', async () => {
    const device = await gateway.connectDevice();
    const open = gateway.credentials.holdVerdicts();
    const sender = device.client.open_sender({ target: '/devices/d1/messages/events' });
    await eventually(() => gateway.credentials.claims.length === 2);
    const detached = eventOf(sender, 'sender_close');
    sender.close();
    await detached;
    open();

    await eventually(() => gateway.table.size === 0 && !gateway.isConnected('d1'));
  });
});

async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) {
    await new Promise(setImmediate);
  }
}

describe('messages to a device', () => {
  async function receive(
    device: RheaDevice,
    count: number,
    options: object = {},
  ): Promise<{ receiver: Receiver; got: { message: Message; delivery: Delivery }[] }> {
    const got: { message: Message; delivery: Delivery }[] = [];
    const receiver = device.client.open_receiver({
      source: '/devices/d1/messages/devicebound',
      autoaccept: false,
      ...options,
    });
    receiver.on('receiver_error', () => undefined);
    receiver.on('message', ({ message, delivery }: EventContext) => {
      got.push({ message: message!, delivery: delivery! });
    });
    await eventually(() => got.length >= count);
    return { receiver, got };
  }

  test('amqp 32, 33, 34: each is settled as the device says', async () => {
    for (const body of ['a', 'b', 'c']) {
      gateway.messages.send('h/d1', body);
    }
    const device = await gateway.connectDevice();
    const { receiver, got } = await receive(device, 3);
    expect(
      got.map(({ message }) => (message.body as { content: Buffer }).content.toString()),
    ).toEqual(['a', 'b', 'c']);
    expect((got[0]!.delivery as unknown as { tag: Buffer }).tag).toHaveLength(16);
    expect(
      (receiver as unknown as { remote: { attach: { rcv_settle_mode: number } } }).remote.attach
        .rcv_settle_mode,
    ).toBe(1);
    got[0]!.delivery.accept();
    got[1]!.delivery.reject();
    got[2]!.delivery.release({ delivery_failed: false });
    await eventually(() => gateway.messages.left('h/d1').length === 1);

    await eventually(() => gateway.messages.calls.some((call) => call.includes('abandon')));
  });

  test('come as the device gives credit', async () => {
    for (const body of ['a', 'b', 'c']) {
      gateway.messages.send('h/d1', body);
    }
    const device = await gateway.connectDevice();
    const { receiver, got } = await receive(device, 0, { credit_window: 0 });
    receiver.add_credit(2);
    await eventually(() => got.length === 2);
    expect(gateway.messages.left('h/d1')).toEqual(['a 0 locked', 'b 0 locked', 'c 0']);
    receiver.add_credit(1);
    await eventually(() => got.length === 3);
  });

  test('on a newer link wait for what the former gives back', async () => {
    gateway.messages.send('h/d1', 'a');
    const device = await gateway.connectDevice();
    await receive(device, 1);
    gateway.messages.send('h/d1', 'b');
    const { got } = await receive(device, 2);
    expect(
      got.map(({ message }) => (message.body as { content: Buffer }).content.toString()),
    ).toEqual(['a', 'b']);
  });

  test('that are not settled wait again when the link is gone, and do not count', async () => {
    gateway.messages.send('h/d1', 'a');
    const device = await gateway.connectDevice();
    const { receiver } = await receive(device, 1);
    receiver.close();

    await eventually(() => gateway.messages.left('h/d1')[0] === 'a 0');
  });
});

describe('direct methods', () => {
  test('amqp 39, 40: go out with a uuid, and come back by another link', async () => {
    const device = await gateway.connectDevice();
    const receiver = device.client.open_receiver({ source: '/devices/d1/methods/devicebound' });
    const sender = await device.openSender('/devices/d1/methods/devicebound');
    const asked: Message[] = [];
    receiver.on('message', ({ message }: EventContext) => {
      asked.push(message!);
      sender.send({
        correlation_id: message!.correlation_id,
        application_properties: { 'IoThub-status': rhea.types.wrap_int(210) },
        body: dataSection(Buffer.from('{"done":true}')),
      } as unknown as Message);
    });
    await eventually(() => gateway.store.announced.length > 0);
    const [entry] = gateway.table.all();
    const downlink = await entry!.connection.downlink();
    const call = downlink!.callMethod(
      { name: 'reboot', payload: Buffer.from('null'), responseTimeoutMs: 5_000 },
      new AbortController().signal,
    );

    await expect(call).resolves.toEqual({ status: 210, payload: Buffer.from('{"done":true}') });
    expect(asked[0]!.application_properties).toEqual({ 'IoThub-methodname': 'reboot' });
    expect((asked[0]!.body as { content: Buffer }).content.toString()).toBe('null');
    receiver.close();
    await eventually(async () => {
      const again = (await entry!.connection.downlink())!.callMethod(
        { name: 'reboot', payload: Buffer.from('null'), responseTimeoutMs: 5_000 },
        new AbortController().signal,
      );
      return again.then(
        () => false,
        (error: unknown) => (error as { code: string }).code === 'DeviceNotOnline',
      );
    });
  });
});

describe('the twin', () => {
  async function openTwin(device: RheaDevice): Promise<{ sender: Sender; got: Message[] }> {
    const got: Message[] = [];
    const receiver = device.client.open_receiver({ source: '/devices/d1/twin' });
    receiver.on('message', ({ message }: EventContext) => {
      got.push(message!);
    });
    return { sender: await device.openSender('/devices/d1/twin'), got };
  }

  function textOf({ body }: Message): string {
    return (body as { content: Buffer }).content.toString();
  }

  test('amqp 41, 42: is read and patched, each answer under its correlation-id', async () => {
    const device = await gateway.connectDevice();
    const { sender, got } = await openTwin(device);
    const id = '3e1f0b7c-0000-4000-8000-000000000001';
    sender.send({
      correlation_id: id,
      message_annotations: { operation: 'GET' },
      body: ' ',
    });
    await eventually(() => got.length === 1);
    sender.send({
      correlation_id: 'patch-1',
      message_annotations: { operation: 'PATCH', resource: '/properties/reported' },
      body: dataSection(Buffer.from('{"a":1}')),
    });
    await eventually(() => got.length === 2);

    expect(got[0]).toMatchObject({ correlation_id: id, message_annotations: { status: 200 } });
    expect(JSON.parse(textOf(got[0]!))).toHaveProperty('desired');
    expect(got[1]).toMatchObject({
      correlation_id: 'patch-1',
      message_annotations: { status: 200 },
    });
    expect(got[1]!.body).toBeUndefined();
  });

  test('amqp 43: changes come after the subscription alone', async () => {
    const device = await gateway.connectDevice();
    const { sender, got } = await openTwin(device);
    await eventually(() => gateway.isConnected('d1'));
    const [entry] = gateway.table.all();
    const downlink = (await entry!.connection.downlink())!;
    const change = (version: bigint) => ({
      version,
      json: `{"$version":${version}}`,
      committedAt: new Date(),
    });
    await downlink.tellDesired([change(2n)]);
    sender.send({
      correlation_id: 'put-1',
      message_annotations: { operation: 'PUT', resource: '/notifications/twin/properties/desired' },
      body: ' ',
    });
    await eventually(() => got.length === 1);
    await downlink.tellDesired([change(3n)]);
    await eventually(() => got.length === 2);

    expect(got[0]).toMatchObject({ correlation_id: 'put-1', message_annotations: { status: 200 } });
    expect(got[1]!.correlation_id).toBeUndefined();
    expect(got[1]!.message_annotations).toMatchObject({
      resource: '/properties/desired',
      version: 3,
    });
    expect(textOf(got[1]!)).toBe('{"$version":3}');
  });
});
