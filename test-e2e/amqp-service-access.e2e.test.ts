/** Which back end comes to what by AMQP, and how long: hand-made clients, and hubs of their own. */
import { randomUUID } from 'node:crypto';
import { once, type EventEmitter } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { createSasToken } from '@linchpin/auth';
import { eventually } from '@linchpin/testing';
import type { Delivery, EventContext } from 'rhea';
import { administer, createHub, policyKeys, type ServiceAccess } from './support/administration.js';
import {
  conditionOf,
  openAmqp,
  policyToken,
  sendAmqp,
  type AmqpClient,
} from './support/amqp-client.js';
import { countMessages, purgeMessages } from './support/devicebound-messages.js';
import { createDevice, tokenOf, type TestIdentity } from './support/registry.js';

const suffix = randomUUID().slice(0, 8);
const feedback = '/messages/serviceBound/feedback';
/** A token counts for five minutes longer than it says. */
const graceMs = 300_000;

let owner: ServiceAccess;
let stranger: ServiceAccess;
let device: TestIdentity;
let strangers: TestIdentity;
let open: AmqpClient[] = [];

beforeAll(async () => {
  [owner, stranger] = await Promise.all([makeHub('amqp-owner'), makeHub('amqp-stranger')]);
  device = await createDevice(undefined, {}, owner);
  strangers = await createDevice(undefined, {}, stranger);
}, 60_000);

afterEach(() => {
  for (const client of open) {
    client.close();
  }
  open = [];
});

afterAll(async () => {
  await administer('DELETE', `/amqp-owner-${suffix}`);
  await administer('DELETE', `/amqp-stranger-${suffix}`);
});

function makeHub(name: string): Promise<ServiceAccess> {
  return createHub(`${name}-${suffix}`, `${name}-${suffix}.example`);
}

const to = ({ deviceId }: TestIdentity): string =>
  `/devices/${encodeURIComponent(deviceId)}/messages/devicebound`;

async function connect(token?: string, options: object = {}): Promise<AmqpClient> {
  const client = await openAmqp(options);
  open.push(client);
  if (token !== undefined) {
    expect(await client.putToken(token)).toBe(200);
  }
  return client;
}

function tokenAs(policy: string, keys: ReadonlyMap<string, string>): string {
  const expiresAt = new Date(Date.now() + 3_600_000);
  return createSasToken({ audience: owner.host, key: keys.get(policy) ?? '', policy, expiresAt });
}

/** A batch of one record that is due, as soon as it is asked for. */
async function purgeOne(client: AmqpClient): Promise<string> {
  const messageId = randomUUID();
  const sender = await client.openSender('/messages/devicebound');
  const message = {
    to: to(device),
    message_id: messageId,
    application_properties: { 'iothub-ack': 'full' },
    body: 'purged',
  };
  expect(await sendAmqp(sender, message)).toBe('accepted');
  await purgeMessages(device, owner);
  return messageId;
}

test('amqp 5: PLAIN of a policy sends to devices and receives feedback without $cbs', async () => {
  const client = await connect(undefined, {
    username: `iothubowner@sas.root.amqp-owner-${suffix}`,
    password: policyToken({ access: owner }),
  });
  const messageId = await purgeOne(client);
  const receiver = await client.openReceiver(feedback, { credit_window: 0, rcv_settle_mode: 1 });
  const got: { delivery: Delivery; text: string; contentType: unknown; userId: unknown }[] = [];
  receiver.on('message', ({ delivery, message }: EventContext) => {
    got.push({
      delivery: delivery!,
      text: (message!.body as { content: Buffer }).content.toString(),
      contentType: message!.content_type,
      userId: message!.user_id,
    });
  });
  receiver.add_credit(1);
  receiver.drain_credit();
  // Nothing is due yet: the credit is given back.
  await once(receiver as unknown as EventEmitter, 'receiver_drained');
  expect(got).toEqual([]);

  Object.assign(receiver, { drain: false });
  receiver.add_credit(1);
  await eventually(() => got.length === 1, 40_000);
  expect(got[0]).toMatchObject({
    contentType: 'application/vnd.microsoft.iothub.feedback.json',
    userId: Buffer.from(`amqp-owner-${suffix}`),
  });
  expect(JSON.parse(got[0]!.text)).toMatchObject([
    { originalMessageId: messageId, statusCode: 'Purged', description: 'Purged' },
  ]);
  expect(got[0]!.delivery.tag).toHaveLength(16);
  const settled = once(receiver as unknown as EventEmitter, 'settled');
  got[0]!.delivery.accept();
  await settled;
}, 90_000);

test.each(['filenotifications', 'fileuploadnotifications'])(
  'amqp 49: /messages/serviceBound/%s opens',
  async (name) => {
    const client = await connect(policyToken({ access: owner }));
    const receiver = await client.openReceiver(`/messages/serviceBound/${name}`);
    expect(receiver.is_open()).toBe(true);
  },
);

describe('another hub', () => {
  test.each(['device', 'device of the same id'])('cannot be sent to: a %s', async (which) => {
    const same = which === 'device' ? undefined : await createDevice(strangers.deviceId, {}, owner);
    const client = await connect(policyToken({ access: owner }), { hostname: stranger.host });
    const sender = await client.openSender(`amqps://${stranger.host}/messages/devicebound`);
    const address = `amqps://${stranger.host}${to(strangers)}`;
    const outcome = await sendAmqp(sender, { to: address, body: 'from the other hub' });
    expect(outcome).toBe(same === undefined ? 'amqp:not-found' : 'accepted');
    expect(await countMessages(strangers, stranger)).toBe(0);
  });

  test('is not heard of: feedback is of the hub of the token', async () => {
    const client = await connect(policyToken({ access: owner }));
    await purgeOne(client);
    const other = await connect(policyToken({ access: stranger }), { hostname: owner.host });
    const receiver = await other.openReceiver(`amqps://${owner.host}${feedback}`);
    const got: unknown[] = [];
    receiver.on('message', (context: EventContext) => got.push(context));
    const own = await client.openReceiver(feedback);
    const [context] = (await once(own as unknown as EventEmitter, 'message')) as unknown[];
    (context as EventContext).delivery?.accept();
    expect(got).toEqual([]);
  }, 60_000);
});

describe('a link', () => {
  test.each(['device', 'registryReadWrite'])('is refused to the policy %s', async (policy) => {
    const keys = await policyKeys(`amqp-owner-${suffix}`);
    const client = await connect(tokenAs(policy, keys));
    await expect(client.openSender('/messages/devicebound')).rejects.toThrow(
      'amqp:unauthorized-access',
    );
    await expect(client.openReceiver(feedback)).rejects.toThrow('amqp:unauthorized-access');
  });

  test("is refused to a device's own token", async () => {
    const client = await connect(tokenOf(device));
    await expect(client.openReceiver(feedback)).rejects.toThrow('amqp:unauthorized-access');
  });

  test('ends within seconds when the key of its policy is regenerated', async () => {
    const keys = await policyKeys(`amqp-owner-${suffix}`);
    const client = await connect(tokenAs('service', keys));
    const receiver = await client.openReceiver(feedback);
    const detached = once(receiver as unknown as EventEmitter, 'receiver_error');
    const name = `amqp-owner-${suffix}`;
    const regenerated = await administer('POST', `/${name}/IotHubKeys/service/regenerateKeys`, {
      keyType: 'PrimaryKey',
    });
    expect(regenerated.status).toBeLessThan(300);
    const begunMs = Date.now();
    await detached;
    expect(conditionOf(receiver)).toBe('amqp:unauthorized-access');
    expect(Date.now() - begunMs).toBeLessThan(3_000);
    await expect(client.openReceiver(feedback)).rejects.toThrow('amqp:unauthorized-access');
  });

  test('ends with its token, and goes on when that is renewed', async () => {
    const inMs = (ms: number): Date => new Date(Date.now() - graceMs + ms);
    const renewed = await connect(policyToken({ access: owner, expiresAt: inMs(4_000) }));
    const stays = await renewed.openReceiver(feedback);
    // Later by more than the gateway takes to look at the time.
    const ending = await connect(policyToken({ access: owner, expiresAt: inMs(8_000) }));
    const ends = await ending.openReceiver(feedback);
    expect(await renewed.putToken(policyToken({ access: owner }))).toBe(200);
    await once(ends as unknown as EventEmitter, 'receiver_error');
    expect(conditionOf(ends)).toBe('amqp:unauthorized-access');
    // Answered behind a detach, if there was one.
    await renewed.openReceiver(feedback);
    expect(stays.is_open()).toBe(true);
  }, 60_000);
});
