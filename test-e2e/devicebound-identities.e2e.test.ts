/** Messages are for one identity, while it may connect (device-mqtt.md sections 2.11 and 4.4). */
import { expect, test } from '@jest/globals';
import { eventually } from '@linchpin/testing';
import { clientsUntilEnd } from './support/clients-until-end.js';
import { open } from './support/device-client.js';
import {
  bodiesTaken,
  openForMessages,
  subscribeToMessages,
  takeAndAcknowledge,
} from './support/devicebound-device.js';
import {
  countMessages,
  messageIds,
  postMessage,
  sendMessage,
  sendMessages,
} from './support/devicebound-messages.js';
import { createDevice, createModule, deleteDevice, updateDevice } from './support/registry.js';

const clients = clientsUntilEnd();

test.each([
  ['the filter', (id: string) => `devices/${id}/messages/devicebound/#`],
  ['the filter without a wildcard', (id: string) => `devices/${id}/messages/devicebound`],
  ['the filter of a module', (id: string) => `devices/${id}/modules/m1/messages/devicebound/#`],
])(
  'a device that subscribes to %s of another is cut off, and is sent nothing',
  async (_, filterOf) => {
    const [curious, other] = [await createDevice(), await createDevice()];
    await sendMessage(other, 'secret');
    const client = await open(curious);
    const subscriptions = [{ topic: filterOf(other.deviceId), qos: 1 as const }];
    client.send({ cmd: 'subscribe', messageId: 1, subscriptions });
    await client.closed;
    expect(client.commands).toEqual(['connack']);
    expect(await countMessages(other)).toBe(1);
  },
);

test('a device gets its own alone by a filter for all devices', async () => {
  const [device, other] = [await createDevice(), await createDevice()];
  await sendMessage(other, 'of another');
  const client = await open(device);
  clients.push(client);
  const subscriptions = [{ topic: 'devices/+/messages/devicebound/#', qos: 1 as const }];
  client.send({ cmd: 'subscribe', messageId: 1, subscriptions });
  await client.expect('suback');
  await sendMessage(device, 'its own');
  await takeAndAcknowledge(client, 'its own');
  await eventually(async () => (await countMessages(device)) === 0);
  expect(bodiesTaken(client)).toEqual(['its own']);
  expect(await countMessages(other)).toBe(1);
});

test('a device that is disabled gets its messages when it is enabled again', async () => {
  const device = await createDevice();
  const before = await openForMessages(device, { clean: false });
  await updateDevice(device.deviceId, { status: 'disabled' });
  await before.closed;
  await sendMessage(device, 'waits');
  await expect(open(device, { clean: false })).rejects.toThrow('CONNECT was answered with 5');
  expect(await countMessages(device)).toBe(1);

  await updateDevice(device.deviceId, { status: 'enabled' });
  const after = await open(device, { clean: false });
  clients.push(after);
  await takeAndAcknowledge(after, 'waits');
  await eventually(async () => (await countMessages(device)) === 0);
});

test('a device that is made anew under an id gets nothing that was sent to the earlier one', async () => {
  const earlier = await createDevice();
  await sendMessages(earlier, messageIds(50));
  await deleteDevice(earlier.deviceId);
  expect(await postMessage(earlier, 'to nobody')).toMatchObject({
    status: 404,
    errorCode: 'DeviceNotFound',
  });

  const anew = await createDevice(earlier.deviceId);
  expect(await countMessages(anew)).toBe(0);
  await sendMessage(anew, 'first');
  const client = await open(anew);
  clients.push(client);
  await subscribeToMessages(client, anew);
  await takeAndAcknowledge(client, 'first');
  await eventually(async () => (await countMessages(anew)) === 0);
  expect(bodiesTaken(client)).toEqual(['first']);
});

test('a module may subscribe, as Java’s SDK does at each open; what is sent to it waits', async () => {
  const { deviceId } = await createDevice();
  const module = await createModule(deviceId);
  await sendMessage(module, 'waits');
  const client = await open(module);
  clients.push(client);
  const topic = `devices/${deviceId}/modules/${module.moduleId ?? ''}/messages/devicebound/#`;
  client.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic, qos: 1 }] });
  expect((await client.expect('suback')).granted).toEqual([1]);
  client.send({ cmd: 'pingreq' });
  await client.expect('pingresp');
  expect(client.commands).toEqual(['connack', 'suback', 'pingresp']);
  expect(await countMessages(module)).toBe(1);
  expect(await countMessages({ deviceId })).toBe(0);
});
