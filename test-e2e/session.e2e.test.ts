/**
 * device-mqtt.md, conformance lines on sessions. A twin request is answered only to a connection that
 * is subscribed to twin responses, which shows what a session kept (twins themselves come later).
 */
import { afterAll, expect, test } from '@jest/globals';
import { eventsTopic, open } from './support/device-client.js';
import type { MqttClient } from './support/mqtt-client.js';
import { metric } from './support/processes.js';
import { createDevice, deleteDevice, type TestIdentity } from './support/registry.js';

const filters = [
  { topic: '$iothub/twin/res/#', qos: 0 as const },
  { topic: '$iothub/twin/PATCH/properties/desired/#', qos: 0 as const },
  { topic: '$iothub/methods/POST/#', qos: 0 as const },
];

const clients: MqttClient[] = [];
afterAll(() => {
  for (const client of clients) {
    client.destroy();
  }
});

async function connect(device: TestIdentity, clean: boolean): Promise<MqttClient> {
  const client = await open(device, { clean });
  clients.push(client);
  return client;
}

function sessionPresent(client: MqttClient): boolean {
  const connack = client.received[0];
  return connack?.cmd === 'connack' && connack.sessionPresent;
}

async function subscribe(client: MqttClient): Promise<void> {
  client.send({ cmd: 'subscribe', messageId: 1, subscriptions: filters });
  const { granted } = await client.expect('suback');
  expect(granted).toEqual([0, 0, 0]);
}

/** Whether a twin request is answered, by the time that a later publish is acknowledged. */
async function hearsTwinResponses(client: MqttClient, device: TestIdentity): Promise<boolean> {
  client.send({
    cmd: 'publish',
    topic: '$iothub/twin/GET/?$rid=r-1',
    payload: ' ',
    qos: 0,
    dup: false,
    retain: false,
  });
  await client.publish(eventsTopic(device), 'after', 77);
  return client.received.some(
    (packet) => packet.cmd === 'publish' && packet.topic.startsWith('$iothub/twin/res/'),
  );
}

test('device-mqtt 20: subscriptions of QoS 0 outlive the connection, on any gateway', async () => {
  const device = await createDevice();
  const first = await connect(device, false);
  await subscribe(first);
  expect(await hearsTwinResponses(first, device)).toBe(true);
  await first.disconnect();

  const gateways = new Set<string>();
  for (let round = 0; round < 4; round++) {
    const before = await connectedPerGateway();
    const client = await connect(device, false);
    const after = await connectedPerGateway();
    gateways.add(after[0] > before[0] ? 'gateway-1' : 'gateway-2');
    expect(sessionPresent(client)).toBe(true);
    expect(await hearsTwinResponses(client, device)).toBe(true);
    await client.disconnect();
  }
  expect(gateways).toEqual(new Set(['gateway-1', 'gateway-2']));
});

test('device-mqtt 21: the first connection finds no session, and CleanSession 1 ends one', async () => {
  const device = await createDevice();
  const first = await connect(device, false);
  expect(sessionPresent(first)).toBe(false);
  await first.disconnect();

  const second = await connect(device, false);
  expect(sessionPresent(second)).toBe(true);
  await subscribe(second);
  await second.disconnect();

  const clean = await connect(device, true);
  expect(sessionPresent(clean)).toBe(false);
  expect(await hearsTwinResponses(clean, device)).toBe(false);
  await clean.disconnect();

  const last = await connect(device, false);
  expect(sessionPresent(last)).toBe(false);
  expect(await hearsTwinResponses(last, device)).toBe(false);
});

test('a device that was deleted and created anew finds no session of its predecessor', async () => {
  const device = await createDevice();
  const first = await connect(device, false);
  await subscribe(first);
  await first.disconnect();
  await deleteDevice(device.deviceId);

  const again = await createDevice(device.deviceId);
  const client = await connect(again, false);
  expect(sessionPresent(client)).toBe(false);
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

async function connectedPerGateway(): Promise<readonly [number, number]> {
  return [
    await metric('gateway-1', 'iothub_devices_connected'),
    await metric('gateway-2', 'iothub_devices_connected'),
  ];
}
