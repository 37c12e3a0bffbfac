/** `cloudToDeviceMessageCount` of devices, modules and twins (service-rest.md sections 2.1 and 7.2). */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '@linchpin/testing';
import { Registry } from 'azure-iothub';
import { administer, createHub, type ServiceAccess } from './support/administration.js';
import { openForMessages, takeAndAcknowledge, takeMessage } from './support/devicebound-device.js';
import { messageIds, purgeMessages, sendMessages } from './support/devicebound-messages.js';
import { hub as defaultHub } from './support/hub.js';
import { createDevice, createModule, request, type TestIdentity } from './support/registry.js';
import { runQuery } from './support/twin-requests.js';

const name = `counts-${randomUUID().slice(0, 8)}`;

let hub: ServiceAccess;
let device: TestIdentity;
let other: TestIdentity;
let module: TestIdentity;

beforeAll(async () => {
  hub = await createHub(name, `${name}.example`);
  device = await createDevice('a-device', {}, hub);
  other = await createDevice('b-other', {}, hub);
  module = await createModule(device.deviceId, 'm1', {}, hub);
});

afterAll(() => administer('DELETE', `/${name}`));

/** Of all that the answer tells of, in its order. */
async function countsAt(path: string): Promise<number[]> {
  const text = await (await request('GET', path, undefined, hub)).text();
  return [...text.matchAll(/"cloudToDeviceMessageCount":(\d+)/g)].map(([, count]) => Number(count));
}

test('what waits is counted wherever an identity or its twin is shown', async () => {
  await sendMessages(device, messageIds(3), {}, hub);
  await sendMessages(other, messageIds(1), {}, hub);
  await sendMessages(module, messageIds(2), {}, hub);

  expect(await countsAt('/devices')).toEqual([3, 1]);
  expect(await countsAt('/devices/a-device')).toEqual([3]);
  expect(await countsAt('/twins/a-device')).toEqual([3]);
  expect(await countsAt('/devices/a-device/modules')).toEqual([2]);
  expect(await countsAt('/devices/a-device/modules/m1')).toEqual([2]);
  expect(await countsAt('/twins/a-device/modules/m1')).toEqual([2]);
  expect((await runQuery('SELECT cloudToDeviceMessageCount FROM devices', {}, hub)).text).toBe(
    '[{"cloudToDeviceMessageCount":0},{"cloudToDeviceMessageCount":0}]',
  );
});

test('what the device has and did not acknowledge counts, what it completed and what was purged do not', async () => {
  const client = await openForMessages(device);
  await takeMessage(client, 'm-3');
  expect(await countsAt('/devices/a-device')).toEqual([3]);
  await takeAndAcknowledge(client, 'm-2');
  await eventually(async () => (await countsAt('/twins/a-device'))[0] === 2);
  await purgeMessages(device, hub);

  expect(await countsAt('/devices')).toEqual([0, 1]);
  expect(await countsAt('/devices/a-device/modules/m1')).toEqual([2]);
  await client.disconnect();
});

test('Node’s Registry shows it, of a device and of its twin', async () => {
  const { deviceId } = await createDevice();
  await sendMessages({ deviceId }, messageIds(4));
  const registry = Registry.fromConnectionString(defaultHub.connectionString);
  const shown = [await registry.get(deviceId), await registry.getTwin(deviceId)];
  expect(shown.map(({ responseBody }) => responseBody)).toMatchObject([
    { cloudToDeviceMessageCount: 4 },
    { cloudToDeviceMessageCount: 4 },
  ]);
});
