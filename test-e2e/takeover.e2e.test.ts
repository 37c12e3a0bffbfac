/**
 * One device, two gateways, unmodified SDKs: the newer connection ends the older one, and a change in
 * the registry ends whatever it must, wherever it is (device-mqtt.md section 2.10 and 2.11).
 */
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { NoRetry } from 'azure-iot-common';
import { Client, Message } from 'azure-iot-device';
import { Mqtt } from 'azure-iot-device-mqtt';
import { openDoor, type GatewayDoor } from './support/gateway-door.js';
import { hub } from './support/hub.js';
import { KafkaReader } from './support/kafka-reader.js';
import { printFigures } from './support/print-figures.js';
import { gatewayNames, type GatewayName } from './support/processes.js';
import { createDevice, deleteDevice, updateDevice, type TestIdentity } from './support/registry.js';

const cutOffMsMax = 1_000;

const doors = new Map<GatewayName, GatewayDoor>();
let telemetry: KafkaReader;
let hubEvents: KafkaReader;

beforeAll(async () => {
  telemetry = await KafkaReader.from();
  hubEvents = await KafkaReader.from(hub.hubEventsTopic);
  for (const name of gatewayNames) {
    doors.set(name, await openDoor(name));
  }
});

afterAll(async () => {
  for (const door of doors.values()) {
    door.close();
  }
  await telemetry.close();
  await hubEvents.close();
});

/** An SDK client that does not come back by itself, or the two would push each other out for ever. */
async function connect(
  { deviceId, primaryKey }: TestIdentity,
  gateway: GatewayName,
): Promise<Client> {
  const host = doors.get(gateway)?.hostName ?? '';
  const client = Client.fromConnectionString(
    `HostName=${host};DeviceId=${deviceId};SharedAccessKey=${primaryKey}`,
    Mqtt,
  );
  await client.setOptions({ ca: hub.authority });
  client.setRetryPolicy(new NoRetry());
  await client.open();
  return client;
}

/** Of the device, from the first on: what happened, and its number. */
function eventsOf({ deviceId }: TestIdentity): { what: string; number: string }[] {
  return hubEvents.all
    .filter(({ headers }) => headers['iothub-connection-device-id'] === deviceId)
    .map(({ headers, value }) => ({
      what: `${headers['opType'] ?? ''} ${headers['linchpin-cause'] ?? ''}`,
      number: (JSON.parse(value.toString()) as { sequenceNumber: string }).sequenceNumber,
    }));
}

async function expectEvents(device: TestIdentity, expected: readonly string[]): Promise<void> {
  await hubEvents.waitUntil(() => eventsOf(device).length >= expected.length);
  const events = eventsOf(device);
  expect(events.map(({ what }) => what)).toEqual(expected);
  const numbers = events.map(({ number }) => number);
  expect(numbers).toEqual([...new Set(numbers)].sort());
}

test.each([
  ['gateway-1', 'gateway-2'],
  ['gateway-2', 'gateway-1'],
] as const)('a client on %s is pushed out by one of the same device on %s', async (here, there) => {
  const device = await createDevice();
  const older = await connect(device, here);
  await older.sendEvent(new Message('from the older'));
  const pushedOut = once(older, 'disconnect');
  const newer = await connect(device, there);
  await pushedOut;
  await newer.sendEvent(new Message('from the newer'));

  const stored = await telemetry.waitFor(device.deviceId, 2);
  expect(stored.map(({ value }) => value.toString())).toEqual(['from the older', 'from the newer']);
  await newer.close();
  await expectEvents(device, [
    'deviceConnected connect',
    'deviceDisconnected takeover',
    'deviceConnected connect',
    'deviceDisconnected client-disconnect',
  ]);
});

describe.each(gatewayNames)('a client on %s is cut off within a second', (gateway) => {
  test.each([
    ['is disabled', (id: string) => updateDevice(id, { status: 'disabled' })],
    ['is deleted', (id: string) => deleteDevice(id)],
  ] as const)('when its device %s, and others are not', async (name, revoke) => {
    const [device, other] = [await createDevice(), await createDevice()];
    const [client, bystander] = [await connect(device, gateway), await connect(other, gateway)];
    const cutOff = once(client, 'disconnect');
    await revoke(device.deviceId);
    const began = performance.now();
    await cutOff;
    const tookMs = performance.now() - began;

    expect(tookMs).toBeLessThan(cutOffMsMax);
    await expect(connect(device, gateway)).rejects.toThrow('Not authorized');
    await bystander.sendEvent(new Message('untouched'));
    await bystander.close();
    await expectEvents(device, ['deviceConnected connect', 'deviceDisconnected revoked']);
    printFigures(`a device on ${gateway} ${name}`, { 'cut off after ms': tookMs });
  });
});
