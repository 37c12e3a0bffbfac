/** device-mqtt.md, conformance lines on sessions: what outlives a connection, and what does not. */
import { describe, expect, test } from '@jest/globals';
import { invokeMethod, updateDesired } from './support/back-end.js';
import { clientsUntilEnd } from './support/clients-until-end.js';
import { accepted, resumed } from './support/connack.js';
import { open } from './support/device-client.js';
import type { MqttClient } from './support/mqtt-client.js';
import type { GatewayName } from './support/processes.js';
import { createDevice, createModule, deleteDevice, type TestIdentity } from './support/registry.js';
import { hearsTwinResponses, serviceFilters, subscriptionsLeft } from './support/session-probe.js';

const clients = clientsUntilEnd();

async function connect(
  device: TestIdentity,
  clean: boolean,
  gateway?: GatewayName,
): Promise<MqttClient> {
  const client = await open(device, { clean }, { gateway });
  clients.push(client);
  return client;
}

async function subscribe(client: MqttClient): Promise<void> {
  client.send({ cmd: 'subscribe', messageId: 1, subscriptions: serviceFilters });
  const { granted } = await client.expect('suback');
  expect(granted).toEqual([0, 0, 0]);
}

describe('device-mqtt 20: subscriptions of QoS 0 outlive the connection, without SUBSCRIBE', () => {
  const ends = [
    ['DISCONNECT', (client: MqttClient) => client.disconnect()],
    [
      'a lost line',
      (client: MqttClient) => {
        client.destroy();
        return client.closed;
      },
    ],
    ['a takeover', () => Promise.resolve()],
  ] as const;

  test.each(
    (['gateway-1', 'gateway-2'] as const).flatMap((gateway) =>
      ends.map(([name, end]) => [name, gateway, end] as const),
    ),
  )('%s on gateway-1, then %s', async (_name, gateway, end) => {
    const device = await createDevice();
    const first = await connect(device, false, 'gateway-1');
    await subscribe(first);
    await end(first);

    const second = await connect(device, false, gateway);
    expect(second.hex).toBe(resumed);
    expect(await hearsTwinResponses(second, device)).toBe(true);
    expect(await subscriptionsLeft(device, second)).toBe(2);
  });

  test('a twin request is answered by its id, with QoS 0', async () => {
    const device = await createDevice();
    const first = await connect(device, false);
    await subscribe(first);
    await first.disconnect();

    const second = await connect(device, false);
    expect(await hearsTwinResponses(second, device)).toBe(true);
    const answer = await second.expect('publish');
    expect(answer).toMatchObject({
      topic: '$iothub/twin/res/200/?$rid=r-1',
      qos: 0,
      retain: false,
    });
  });

  test('device-mqtt 20: changes of desired properties and methods arrive by them', async () => {
    const device = await createDevice();
    const first = await connect(device, false, 'gateway-1');
    await subscribe(first);
    await first.disconnect();

    const second = await connect(device, false, 'gateway-2');
    await updateDesired(device, { fan: 'on' });
    const told = await second.expect('publish');
    expect(told.topic).toBe('$iothub/twin/PATCH/properties/desired/?$version=2');
    const answer = invokeMethod(device, { methodName: 'reboot' });
    const isMethod = ({ topic }: { topic: string }) =>
      topic.startsWith('$iothub/methods/POST/reboot/');
    const { topic } = await second.expect('publish', isMethod);
    const response = topic.replace('POST/reboot', 'res/200');
    second.send({
      cmd: 'publish',
      topic: response,
      payload: '',
      qos: 0,
      dup: false,
      retain: false,
    });
    expect(await answer).toMatchObject({ http: 200, status: 200, payload: null });
  });
});

describe('device-mqtt 21: who finds a session', () => {
  test('the first connection does not, the second does, though nothing was subscribed to', async () => {
    const device = await createDevice();
    const module = await createModule(device.deviceId);
    const first = await connect(device, false);
    expect(first.hex).toBe(accepted);
    await first.disconnect();

    expect((await connect(device, false)).hex).toBe(resumed);
    // A module's is its own.
    expect((await connect(module, false)).hex).toBe(accepted);
  });

  test('CleanSession 1 ends one and leaves none', async () => {
    const device = await createDevice();
    const first = await connect(device, false);
    await subscribe(first);
    await first.disconnect();

    const clean = await connect(device, true);
    expect(clean.hex).toBe(accepted);
    expect(await hearsTwinResponses(clean, device)).toBe(false);
    await subscribe(clean);
    await clean.disconnect();

    const last = await connect(device, false);
    expect(last.hex).toBe(accepted);
    expect(await hearsTwinResponses(last, device)).toBe(false);
    expect(await subscriptionsLeft(device, last)).toBe(5);
  });
});

test('a device that was deleted and created anew finds no session of its predecessor', async () => {
  const device = await createDevice();
  const first = await connect(device, false);
  await subscribe(first);
  await first.disconnect();
  await deleteDevice(device.deviceId);

  const again = await createDevice(device.deviceId);
  const client = await connect(again, false);
  expect(client.hex).toBe(accepted);
  expect(await hearsTwinResponses(client, again)).toBe(false);
});

test('a subscription that was given up is not kept', async () => {
  const device = await createDevice();
  const first = await connect(device, false);
  await subscribe(first);
  first.send({ cmd: 'unsubscribe', messageId: 2, unsubscriptions: ['$iothub/twin/res/#'] });
  await first.expect('unsuback');
  expect(await hearsTwinResponses(first, device)).toBe(false);
  await first.disconnect();

  const second = await connect(device, false);
  expect(await hearsTwinResponses(second, device)).toBe(false);
});
