/** device-mqtt.md, conformance lines on cloud-to-device messages: what devices get, and how it is settled. */
import { describe, expect, test } from '@jest/globals';
import { eventually } from '@linchpin/testing';
import { generate } from 'mqtt-packet';
import { clientsUntilEnd } from './support/clients-until-end.js';
import { accepted } from './support/connack.js';
import { open } from './support/device-client.js';
import {
  acknowledge,
  bodiesTaken,
  openForMessages,
  subscribeToMessages,
  takeAndAcknowledge,
  takeMessage,
  takenBy,
} from './support/devicebound-device.js';
import {
  countMessages,
  messageIds,
  postMessage,
  sendMessage,
  sendMessages,
} from './support/devicebound-messages.js';
import type { MqttClient } from './support/mqtt-client.js';
import { createDevice, type TestIdentity } from './support/registry.js';

const clients = clientsUntilEnd();

async function listen(device: TestIdentity): Promise<MqttClient> {
  const client = await openForMessages(device);
  clients.push(client);
  return client;
}

/** The text behind `devicebound/` of the only message that comes. */
async function bagOf(
  device: TestIdentity,
  headers: Readonly<Record<string, string>>,
): Promise<string> {
  const client = await listen(device);
  await sendMessage(device, 'a body', headers);
  const { topic } = await takeMessage(client, 'a body');
  const front = `devices/${device.deviceId}/messages/devicebound/`;
  expect(topic.slice(0, front.length)).toBe(front);
  return topic.slice(front.length);
}

/** All that was sent before has been carried out, and what that is answered with has come. */
async function ping(client: MqttClient): Promise<void> {
  const { length } = client.received;
  client.send({ cmd: 'pingreq' });
  await client.expect('pingresp', (packet) => client.received.indexOf(packet) >= length);
}

const toOf = ({ deviceId }: TestIdentity): string =>
  `%24.to=%2Fdevices%2F${deviceId}%2Fmessages%2FdeviceBound`;

describe('a topic', () => {
  test('device-mqtt 40: without properties it has $.to alone, to the byte', async () => {
    const device = await createDevice();
    const client = await listen(device);
    await sendMessage(device, Buffer.from([0x00, 0xff, 0x0a]));
    const { messageId } = await client.expect('publish');

    const topic = `devices/${device.deviceId}/messages/devicebound/${toOf(device)}`;
    const publish = generate({
      ...{ cmd: 'publish', topic, payload: Buffer.from([0x00, 0xff, 0x0a]), qos: 1 },
      ...{ dup: false, retain: false, messageId: messageId ?? 0 },
    });
    expect(client.hex).toBe(`${accepted}9003000801${publish.toString('hex')}`);
  });

  test('device-mqtt 40: an id with signs stands raw in it, and escaped in $.to', async () => {
    const device = await createDevice(`d=%41:${Date.now()}`);
    const escaped = encodeURIComponent(device.deviceId);
    expect(await bagOf(device, {})).toBe(`%24.to=%2Fdevices%2F${escaped}%2Fmessages%2FdeviceBound`);
  });

  test('device-mqtt 41: system keys come first, and whatever parsers split at is escaped', async () => {
    const device = await createDevice();
    const bag = await bagOf(device, {
      'app-a+B': '1+2=3 / 4&5',
      'app-letters': 'ö~-._',
      'app-empty': '',
      messageid: 'm+1=%?',
      correlationid: 'c 1',
      userid: 'u&1',
      contenttype: 'text/plain',
      contentencoding: 'utf-8',
      ack: 'full',
    });

    expect(bag).toBe(
      [
        '%24.mid=m%2B1%3D%25%3F',
        '%24.cid=c%201',
        '%24.uid=u%261',
        toOf(device),
        '%24.ct=text%2Fplain',
        '%24.ce=utf-8',
        'iothub-ack=full',
        'a%2BB=1%2B2%3D3%20%2F%204%265',
        'letters=%C3%B6~-._',
        'empty=',
      ].join('&'),
    );
  });

  test('device-mqtt 42: times have seven fraction digits and Z', async () => {
    const device = await createDevice();
    const soon = new Date(Date.now() + 3_600_000).toISOString().slice(0, 19);
    const escaped = soon.replaceAll(':', '%3A');
    const times = { expiry: `${soon}Z`, creationtimeutc: '2026-01-31T10:11:12.5+01:00' };
    expect(await bagOf(device, times)).toBe(
      `%24.exp=${escaped}.0000000Z&${toOf(device)}&%24.ctime=2026-01-31T09%3A11%3A12.5000000Z`,
    );
  });
});

describe('PUBACK', () => {
  test('device-mqtt 43: removes the message, and no other', async () => {
    const device = await createDevice();
    const client = await listen(device);
    await sendMessages(device, ['first', 'second']);
    await takeMessage(client, 'first');
    await takeAndAcknowledge(client, 'second');
    await eventually(async () => (await countMessages(device)) === 1);
    await client.disconnect();

    const next = await listen(device);
    await takeAndAcknowledge(next, 'first');
    await eventually(async () => (await countMessages(device)) === 0);
    expect(bodiesTaken(next)).toEqual(['first']);
  });

  test('of an id that is not in use changes nothing', async () => {
    const device = await createDevice();
    const client = await listen(device);
    acknowledge(client, { messageId: 1 } as never);
    await sendMessage(device, 'first');
    const { messageId = 0 } = await takeMessage(client, 'first');
    acknowledge(client, { messageId: messageId + 1 } as never);
    await ping(client);

    expect(await countMessages(device)).toBe(1);
    await takeAndAcknowledge(client, 'first');
    await takeAndAcknowledge(client, 'first');
    await eventually(async () => (await countMessages(device)) === 0);
    await sendMessage(device, 'last');
    await takeAndAcknowledge(client, 'last');
    await eventually(async () => (await countMessages(device)) === 0);
  });

  test('may come in any order; 16 at a time wait for theirs', async () => {
    const device = await createDevice();
    const ids = messageIds(20);
    await sendMessages(device, ids);
    const client = await listen(device);
    await takeMessage(client, 'm-16');
    await ping(client);
    expect(bodiesTaken(client)).toEqual(ids.slice(0, 16));

    for (const packet of takenBy(client).reverse().slice(0, 3)) {
      acknowledge(client, packet);
    }
    await takeMessage(client, 'm-19');
    await ping(client);
    expect(bodiesTaken(client)).toEqual(ids.slice(0, 19));
    await eventually(async () => (await countMessages(device)) === 17);
  });

  test('is waited for after each of 50 messages, which come in the order of their sending', async () => {
    const device = await createDevice();
    const client = await listen(device);
    const ids = messageIds(50);
    const taken = takeAndAcknowledge(client, ...ids);
    await sendMessages(device, ids);
    await taken;

    await eventually(async () => (await countMessages(device)) === 0);
    expect(bodiesTaken(client)).toEqual(ids);
  });
});

describe('without PUBACK', () => {
  test('device-mqtt 44: it comes again in the next session, before newer ones', async () => {
    const device = await createDevice();
    const client = await listen(device);
    await sendMessages(device, ['old-1', 'old-2']);
    await takeMessage(client, 'old-2');
    await client.disconnect();
    await sendMessage(device, 'new');

    const next = await listen(device);
    await takeAndAcknowledge(next, 'old-1', 'old-2', 'new');
    await eventually(async () => (await countMessages(device)) === 0);
    expect(bodiesTaken(next)).toEqual(['old-1', 'old-2', 'new']);
  });

  test('device-mqtt 44: it is given up when ten sessions have had it', async () => {
    const device = await createDevice();
    await sendMessage(device, 'never taken');
    for (let session = 1; session <= 10; session += 1) {
      expect(await countMessages(device)).toBe(1);
      const client = await listen(device);
      await takeMessage(client, 'never taken');
      await client.disconnect();
    }
    await eventually(async () => (await countMessages(device)) === 0);
  });
});

test('device-mqtt 45, security-limits 29: the 51st that waits is refused, until one is completed', async () => {
  const device = await createDevice();
  await sendMessages(device, messageIds(50));
  const refused = await postMessage(device, 'the 51st');
  expect([refused.status, refused.errorCode]).toEqual([403, 'DeviceMaximumQueueDepthExceeded']);

  const client = await listen(device);
  await takeAndAcknowledge(client, 'm-1');
  await eventually(async () => (await countMessages(device)) === 49);
  await sendMessage(device, 'in its place');
  expect((await postMessage(device, 'one more')).status).toBe(403);
});

test('device-mqtt 45: what has expired is not delivered', async () => {
  const device = await createDevice();
  const expiry = new Date(Date.now() + 5_000).toISOString();
  await sendMessage(device, 'expired', { expiry });
  await eventually(async () => (await countMessages(device)) === 0);
  await sendMessage(device, 'lasting');

  const client = await listen(device);
  await takeAndAcknowledge(client, 'lasting');
  expect(bodiesTaken(client)).toEqual(['lasting']);
});

test('device-mqtt 46: by a subscription of QoS 0 it is completed when it is sent', async () => {
  const device = await createDevice();
  const client = await open(device);
  clients.push(client);
  expect(await subscribeToMessages(client, device, 0)).toBe(0);
  await sendMessages(device, messageIds(20));
  await eventually(async () => (await countMessages(device)) === 0);

  await takeMessage(client, 'm-20');
  expect(bodiesTaken(client)).toEqual(messageIds(20));
  expect(takenBy(client).map(({ qos, dup, messageId }) => [qos, dup, messageId])).toEqual(
    Array.from({ length: 20 }, () => [0, false, undefined]),
  );
});
