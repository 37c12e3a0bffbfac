import { once, type EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { eventually } from '@linchpin/testing';
import type { Receiver, Sender } from 'rhea';
import { cutOff } from '../domain/cut-off.js';
import { hubUpdated } from '../domain/ending-change.fake.js';
import { FakeAmqpGateway, tokenFor, type RheaDevice } from './gateway.fake.js';

const hourMs = 3_600_000;
/** A token counts for five minutes longer than it says. */
const graceMs = 300_000;
const address = '/messages/serviceBound/filenotifications';

let gateway: FakeAmqpGateway;

beforeEach(() => {
  gateway = new FakeAmqpGateway();
});

afterEach(() => {
  gateway.close();
});

const token = (hours = 1): string =>
  tokenFor('', { policy: 'service', expiresInMs: hours * hourMs });

async function connectService(): Promise<RheaDevice> {
  const client = await gateway.connect();
  expect(await client.putToken(token())).toMatchObject({ status: 200 });
  return client;
}

/** How its attach is answered: what refuses it, if anything does. */
async function attach(
  { client }: RheaDevice,
  source = address,
): Promise<{ receiver: Receiver; condition: string | undefined }> {
  const receiver = client.open_receiver({ source });
  receiver.on('receiver_error', () => undefined);
  // A refusal is an attach that leads nowhere, and a detach behind it.
  const attached = receiver as { readonly source?: { readonly address?: string } | null };
  await eventually(() => attached.source?.address != null || receiver.error !== undefined);
  return { receiver, condition: conditionOf(receiver) };
}

function conditionOf({ error }: Receiver | Sender): string | undefined {
  return (error as { condition: string } | undefined)?.condition;
}

async function detached(receiver: Receiver): Promise<string | undefined> {
  await eventually(() => receiver.is_closed() || receiver.error !== undefined);
  return conditionOf(receiver);
}

describe('a link of a back end', () => {
  test.each([
    '/messages/serviceBound/filenotifications',
    'amqps://h.example.net/messages/servicebound/fileuploadnotifications',
  ])('amqp 49: at %s opens and stays', async (source) => {
    const { receiver, condition } = await attach(await connectService(), source);
    expect(condition).toBeUndefined();
    expect(receiver.is_open()).toBe(true);
    expect(receiver.source.address).toBe(source);
  });

  test('drained of its credit has none', async () => {
    const service = await connectService();
    const receiver = service.client.open_receiver({ source: address, credit_window: 0 });
    receiver.add_credit(1);
    receiver.drain_credit();
    await once(receiver as unknown as EventEmitter, 'receiver_drained');
    expect((receiver as unknown as { credit: number }).credit).toBe(0);
  });

  test.each([
    ['nothing', undefined],
    ["a device's token", tokenFor('/devices/d1')],
    ['a token for other paths', tokenFor('/devices', { policy: 'service' })],
  ])('is refused to who has shown %s', async (_, shown) => {
    const client = await gateway.connect();
    await client.putToken(shown ?? 'nonsense');
    expect(await attach(client)).toMatchObject({ condition: 'amqp:unauthorized-access' });
    expect(gateway.lines.at(-1)).toMatchObject({
      msg: 'service link refused',
      errorCode: 'IotHubUnauthorizedAccess',
    });
  });

  test('is refused to a policy without ServiceConnect', async () => {
    gateway.credentials.rights = 8 | 3;
    expect(await attach(await connectService())).toMatchObject({
      condition: 'amqp:unauthorized-access',
    });
    expect(gateway.lines).toContainEqual(
      expect.objectContaining({
        msg: 'service link refused',
        errorCode: 'IotHubUnauthorizedAccess',
        kind: 'file-notifications',
      }),
    );
  });

  test('is judged anew: nothing of a policy that counts no more opens one', async () => {
    const service = await connectService();
    await attach(service);
    gateway.credentials.revoked = true;
    expect(await attach(service)).toMatchObject({ condition: 'amqp:unauthorized-access' });
  });

  test('in the wrong direction is refused', async () => {
    const service = await connectService();
    const sender = service.client.open_sender({ target: address });
    await once(sender as unknown as EventEmitter, 'sender_error');
    expect(sender.error).toMatchObject({ condition: 'amqp:not-allowed' });
  });

  test.each([
    'amqp:link:redirect /messages/events/$management',
    'amqp:not-found e/ConsumerGroups/$Default/Partitions/0',
    'amqp:not-found /messages/other',
  ])('is refused with %s', async (told) => {
    const [condition, source] = told.split(' ');
    expect(await attach(await connectService(), source)).toMatchObject({ condition });
    expect(gateway.lines).toEqual([
      expect.objectContaining({ level: 'info', msg: 'service link refused', errorCode: condition }),
    ]);
  });

  test('has a bound on their number', async () => {
    const service = await connectService();
    await Promise.all(Array.from({ length: 256 }, () => attach(service)));
    expect(await attach(service)).toMatchObject({ condition: 'amqp:resource-limit-exceeded' });
    expect(gateway.lines).toMatchObject([
      { msg: 'service link refused', errorCode: 'amqp:resource-limit-exceeded' },
    ]);
  });
});

describe('ends', () => {
  test('amqp 20: when its token expires, with amqp:unauthorized-access', async () => {
    const service = await connectService();
    const { receiver } = await attach(service);
    service.connection.checkDeadlines(performance.now() + hourMs + graceMs + 1_000);
    expect(await detached(receiver)).toBe('amqp:unauthorized-access');
    expect(gateway.lines).toContainEqual(
      expect.objectContaining({ msg: 'service link ended', cause: 'token-expired', hub: 'h' }),
    );
  });

  test('amqp 20: not when the token was renewed', async () => {
    const service = await connectService();
    const { receiver } = await attach(service);
    await service.putToken(token(2));
    service.connection.checkDeadlines(performance.now() + 2 * hourMs + graceMs - 60_000);
    expect(await attach(service)).toMatchObject({ condition: undefined });
    expect(receiver.is_open()).toBe(true);
  });

  test("not by a device's token that is renewed, nor with it", async () => {
    const service = await connectService();
    const { receiver } = await attach(service);
    await service.putToken(tokenFor('/devices/d1', { expiresInMs: 2 * hourMs }));
    service.connection.checkDeadlines(performance.now() + hourMs + graceMs + 1_000);
    expect(await detached(receiver)).toBe('amqp:unauthorized-access');
  });

  test('when its hub says so', async () => {
    const { receiver } = await attach(await connectService());
    const { credentialIds } = gateway.credentials.policyGrant;
    await cutOff(gateway.table, hubUpdated({ revokedCredentialIds: credentialIds.slice(0, 1) }));
    expect(await detached(receiver)).toBe('amqp:unauthorized-access');
  });

  test('with its connection, and leaves nothing behind', async () => {
    const service = await connectService();
    await attach(service);
    expect(gateway.table.accesses.ofHub('h')).toHaveLength(1);
    service.client.close();
    await eventually(() => gateway.table.accesses.ofHub('h').length === 0);
  });

  test('when the gateway stops', async () => {
    const service = await connectService();
    const { receiver } = await attach(service);
    void service.connection.drain();
    expect(await detached(receiver)).toBe('amqp:link:detach-forced');
  });
});

describe('whose client has broken a rule before it was let in', () => {
  const nothing = Buffer.alloc(0);
  const credit = 'amqp:link:transfer-limit-exceeded';
  const size = 'amqp:link:message-size-exceeded';

  test.each([
    ['cloud-to-device', '/messages/devicebound', credit, Array<Buffer>(65).fill(nothing)],
    ['cloud-to-device', '/messages/devicebound', size, [Buffer.alloc(262_144)]],
    ['event-hub-management', 'h/$management', credit, Array<Buffer>(5).fill(nothing)],
    ['event-hub-management', 'h/$management', size, [Buffer.alloc(32_768)]],
  ])('a link for %s at %s ends with %s, however often', async (kind, target, condition, bodies) => {
    const service = await connectService();
    // More than a connection has of requests at once.
    for (let number = 1; number <= 9; number++) {
      expect(conditionOf(await gateway.sendEarly(service, target, bodies))).toBe(condition);
    }
    await eventually(() => gateway.table.accesses.ofHub('h').length === 0);
    const ended = gateway.lines.filter(({ msg }) => msg === 'service link ended');
    expect(ended).toEqual(Array(9).fill(expect.objectContaining({ kind })));
    await service.openSender(target);
  });
});

describe('that its client gives up before it is let in', () => {
  test('takes room until then, and harms nobody', async () => {
    const { connected } = gateway.services.partialInput;
    const service = await connectService();
    const letIn = gateway.credentials.holdVerdicts();
    const receiver = service.client.open_receiver({
      source: address,
      properties: { large: 'x'.repeat(60_000) },
    });
    await new Promise(setImmediate);
    receiver.close();
    await once(receiver as unknown as EventEmitter, 'receiver_close');
    // rhea attaches it once more.
    await eventually(() => connected.heldBytes > 60_000);
    letIn();
    await eventually(() => connected.heldBytes === 0);
    expect(gateway.table.accesses.ofHub('h')).toEqual([]);
    expect((await attach(service)).condition).toBeUndefined();
  });
});

describe('its connection', () => {
  test('stays as long as it has one', async () => {
    const service = await connectService();
    const { receiver } = await attach(service);
    service.connection.checkDeadlines(performance.now());
    service.connection.checkDeadlines(performance.now() + 1_000_000);
    expect(receiver.is_open()).toBe(true);
    receiver.close();
    await eventually(() => gateway.table.accesses.ofHub('h').length === 0);
    const closed = once(service.client as unknown as EventEmitter, 'connection_error');
    service.connection.checkDeadlines(performance.now() + 2_000_000);
    await closed;
    expect(service.client.error).toMatchObject({ condition: 'amqp:connection:forced' });
  });

  test('amqp 5: by PLAIN needs no $cbs, and ends with its token', async () => {
    const service = await gateway.connect([], {
      username: 'service@sas.root.h',
      password: token(),
    });
    const { receiver } = await attach(service);
    expect(receiver.is_open()).toBe(true);
    const closed = once(service.client as unknown as EventEmitter, 'connection_error');
    service.connection.checkDeadlines(performance.now() + hourMs + graceMs + 1_000);
    await closed;
  });
});
