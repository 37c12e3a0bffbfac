/** Which messages reach which connection of a device (device-mqtt.md section 7.3), on each gateway. */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '@linchpin/testing';
import { administer, createHub, type ServiceAccess } from './support/administration.js';
import { clientsUntilEnd } from './support/clients-until-end.js';
import { accepted, resumed } from './support/connack.js';
import { open } from './support/device-client.js';
import type { DeviceSocketOptions } from './support/device-socket.js';
import {
  bodiesTaken,
  deviceboundFilter,
  subscribeToMessages,
  takeAndAcknowledge,
  takeMessage,
  takenBy,
} from './support/devicebound-device.js';
import {
  countMessages,
  messageIds,
  sendMessage,
  sendMessages,
} from './support/devicebound-messages.js';
import { collectFeedback } from './support/feedback.js';
import type { ConnectFields, MqttClient } from './support/mqtt-client.js';
import { gatewayNames } from './support/processes.js';
import { createDevice, type TestIdentity } from './support/registry.js';

const clients = clientsUntilEnd();

async function connect(
  device: TestIdentity,
  fields: Partial<ConnectFields> = {},
  socket: DeviceSocketOptions = {},
): Promise<MqttClient> {
  const client = await open(device, { clean: false, ...fields }, socket);
  clients.push(client);
  return client;
}

/** Subscribed in a session that is kept, and not connected. */
async function leaveSubscribed(device: TestIdentity): Promise<void> {
  const client = await connect(device);
  await subscribeToMessages(client, device);
  await client.disconnect();
}

/** Whatever was on its way has come when PINGRESP does. */
async function expectNothing(client: MqttClient): Promise<void> {
  const { length } = client.received;
  client.send({ cmd: 'pingreq' });
  await client.expect('pingresp', (packet) => client.received.indexOf(packet) >= length);
  expect(bodiesTaken(client)).toEqual([]);
}

const drained = (device: TestIdentity, access?: ServiceAccess): Promise<void> =>
  eventually(async () => (await countMessages(device, access)) === 0);

describe('a subscription that is kept', () => {
  test.each(gatewayNames)(
    'device-mqtt 22: three messages sent meanwhile come right after CONNACK on %s, in order',
    async (gateway) => {
      const device = await createDevice();
      await leaveSubscribed(device);
      await sendMessages(device, messageIds(3));

      const client = await connect(device, {}, { gateway });
      await client.receive(4);
      expect(client.hex.slice(0, resumed.length)).toBe(resumed);
      expect(client.commands).toEqual(['connack', 'publish', 'publish', 'publish']);
      expect(bodiesTaken(client)).toEqual(messageIds(3));
      expect(takenBy(client).map(({ qos, retain }) => [qos, retain])).toEqual([
        [1, false],
        [1, false],
        [1, false],
      ]);
      await takeAndAcknowledge(client, ...messageIds(3));
      await drained(device);
    },
  );

  test('device-mqtt 23: is repeated without a loss', async () => {
    const device = await createDevice();
    await leaveSubscribed(device);
    await sendMessages(device, messageIds(2));

    const client = await connect(device);
    await subscribeToMessages(client, device);
    await takeAndAcknowledge(client, ...messageIds(2));
    await drained(device);
    expect(bodiesTaken(client)).toEqual(messageIds(2));
  });

  test('ends with CleanSession 1; what waits does not', async () => {
    const device = await createDevice();
    await leaveSubscribed(device);
    await sendMessage(device, 'waits');
    const clean = await connect(device, { clean: true });
    await expectNothing(clean);
    await clean.disconnect();

    const next = await connect(device);
    expect(next.hex).toBe(accepted);
    await expectNothing(next);
    await subscribeToMessages(next, device);
    await takeAndAcknowledge(next, 'waits');
    await drained(device);
  });
});

describe('a subscription that is new', () => {
  test.each(gatewayNames)(
    'device-mqtt 23: gets all 50 that wait on %s, in order',
    async (gateway) => {
      const device = await createDevice();
      const ids = messageIds(50);
      await sendMessages(device, ids);
      const client = await connect(device, {}, { gateway });
      await expectNothing(client);
      await subscribeToMessages(client, device);
      await takeAndAcknowledge(client, ...ids);
      await drained(device);
      expect(bodiesTaken(client)).toEqual(ids);
    },
  );

  test.each(gatewayNames)('gets what is sent from then on, on %s', async (gateway) => {
    const device = await createDevice();
    const client = await connect(device, {}, { gateway });
    await subscribeToMessages(client, device);
    await sendMessage(device, 'now');
    await takeAndAcknowledge(client, 'now');
    await drained(device);
  });

  test('of CleanSession 1 is not kept', async () => {
    const device = await createDevice();
    const clean = await connect(device, { clean: true });
    await subscribeToMessages(clean, device);
    await clean.disconnect();
    await sendMessage(device, 'waits');

    const next = await connect(device);
    expect(next.hex).toBe(accepted);
    await expectNothing(next);
    expect(await countMessages(device)).toBe(1);
  });
});

test('a subscription that is given up gets nothing, and all that waits when it is made again', async () => {
  const device = await createDevice();
  const client = await connect(device);
  await subscribeToMessages(client, device);
  await sendMessage(device, 'before');
  await takeAndAcknowledge(client, 'before');
  const unsubscriptions = [deviceboundFilter(device)];
  client.send({ cmd: 'unsubscribe', messageId: 9, unsubscriptions });
  await client.expect('unsuback');
  await sendMessages(device, messageIds(3));
  client.send({ cmd: 'pingreq' });
  await client.expect('pingresp');
  expect(bodiesTaken(client)).toEqual(['before']);

  await subscribeToMessages(client, device);
  await takeAndAcknowledge(client, ...messageIds(3));
  await drained(device);
  expect(bodiesTaken(client)).toEqual(['before', ...messageIds(3)]);
  const since = client.commands.slice(client.commands.indexOf('unsuback'));
  expect(since.slice(0, 4)).toEqual(['unsuback', 'pingresp', 'suback', 'publish']);
});

describe('a newer connection', () => {
  test.each(gatewayNames)(
    'on %s gets what the older on gateway-1 did not acknowledge, before what is newer',
    async (gateway) => {
      const device = await createDevice();
      const older = await connect(device, {}, { gateway: 'gateway-1' });
      await subscribeToMessages(older, device);
      const ids = messageIds(20);
      await sendMessages(device, ids);
      await takeMessage(older, 'm-16');
      await takeAndAcknowledge(older, 'm-2');
      await takeMessage(older, 'm-17');

      const newer = await connect(device, {}, { gateway });
      await older.closed;
      const left = ids.filter((id) => id !== 'm-2');
      await takeAndAcknowledge(newer, ...left);
      await drained(device);
      expect(bodiesTaken(newer)).toEqual(left);
      expect(bodiesTaken(older)).toEqual(ids.slice(0, 17));
    },
  );
});

describe('a hub that purges when a device subscribes anew', () => {
  const name = `purging-${randomUUID().slice(0, 8)}`;
  let purging: ServiceAccess;
  /** What was sent in the four seconds before may be delivered. */
  const sentLatelyMs = 4_500;

  beforeAll(async () => {
    const cloudToDevice = { purgeOnNewSubscription: true };
    purging = await createHub(name, `${name}.example`, { properties: { cloudToDevice } });
  });

  afterAll(() => administer('DELETE', `/${name}`));

  test('device-mqtt 23: tells of what waited as Purged, and delivers what comes later', async () => {
    const device = await createDevice(undefined, {}, purging);
    await sendMessages(device, messageIds(2), { ack: 'full' }, purging);
    const client = await connect(device);
    await expectNothing(client);
    await delay(sentLatelyMs);
    await subscribeToMessages(client, device);
    await drained(device, purging);
    await sendMessage(device, 'later', { messageid: 'later', ack: 'full' }, purging);
    await takeAndAcknowledge(client, 'later');

    expect(bodiesTaken(client)).toEqual(['later']);
    const told = await collectFeedback(purging, 'later');
    expect(
      told.map(({ originalMessageId, statusCode }) => [originalMessageId, statusCode]),
    ).toEqual([
      ['m-1', 'Purged'],
      ['m-2', 'Purged'],
      ['later', 'Success'],
    ]);
  });

  test('device-mqtt 23: delivers what came while a kept subscription was away, also when it is repeated', async () => {
    const device = await createDevice(undefined, {}, purging);
    await leaveSubscribed(device);
    await sendMessages(device, messageIds(2), {}, purging);
    const client = await connect(device);
    await subscribeToMessages(client, device);
    await takeAndAcknowledge(client, ...messageIds(2));
    await drained(device, purging);
    expect(bodiesTaken(client)).toEqual(messageIds(2));
  });

  test('device-mqtt 23: purges also when CleanSession 1 has ended the subscription', async () => {
    const device = await createDevice(undefined, {}, purging);
    await leaveSubscribed(device);
    await sendMessages(device, messageIds(2), {}, purging);
    await delay(sentLatelyMs);
    const client = await connect(device, { clean: true });
    await subscribeToMessages(client, device);
    await drained(device, purging);
    await sendMessage(device, 'later', {}, purging);
    await takeAndAcknowledge(client, 'later');
    expect(bodiesTaken(client)).toEqual(['later']);
  });
});
