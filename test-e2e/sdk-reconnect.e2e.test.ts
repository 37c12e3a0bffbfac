/**
 * How the SDKs come back (device-mqtt.md section 17): their token is renewed, their line is cut, their
 * gateway injects a fault. They do not subscribe again, so that twin responses, changes and methods arrive
 * only when the hub has kept their subscriptions.
 */
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '@linchpin/testing';
import { Client, Message, SharedAccessKeyAuthenticationProvider } from 'azure-iot-device';
import { Mqtt } from 'azure-iot-device-mqtt';
import { invokeMethod, updateDesired } from './support/back-end.js';
import { resumed } from './support/connack.js';
import { eventsTopic, open } from './support/device-client.js';
import { deviceConnectionString } from './support/device-connection-string.js';
import { hub } from './support/hub.js';
import { KafkaReader } from './support/kafka-reader.js';
import { startPythonDevice } from './support/python-device.js';
import { createDevice, type TestIdentity } from './support/registry.js';
import { hearsTwinResponses, subscriptionsLeft } from './support/session-probe.js';

let reader: KafkaReader;

beforeAll(async () => {
  reader = await KafkaReader.from();
});

afterAll(async () => {
  await reader.close();
});

/** How often the device has connected since the reader of hub events began. */
function connects(hubEvents: KafkaReader, { deviceId }: TestIdentity): number {
  return hubEvents.all.filter(
    ({ headers }) =>
      headers['iothub-connection-device-id'] === deviceId &&
      headers['opType'] === 'deviceConnected',
  ).length;
}

/** The SDK is gone; whoever comes next finds what it had subscribed to. */
async function expectKept(device: TestIdentity, left: number): Promise<void> {
  const client = await open(device, { clean: false });
  expect(client.hex).toBe(resumed);
  expect(await hearsTwinResponses(client, device)).toBe(true);
  expect(await subscriptionsLeft(device, client)).toBe(left);
}

test('device-mqtt 58: the Node SDK renews its token, loses no message and keeps its subscriptions', async () => {
  const device = await createDevice();
  const hubEvents = await KafkaReader.from(hub.hubEventsTopic);
  const [validSeconds, marginSeconds] = [60, 57];
  const provider = SharedAccessKeyAuthenticationProvider.fromConnectionString(
    deviceConnectionString(device),
    validSeconds,
    marginSeconds,
  );
  const client = Client.fromAuthenticationProvider(provider, Mqtt);
  await client.open();
  client.on('message', () => undefined);
  client.onDeviceMethod('any', (_request, response) => void response.send(200, { renewed: true }));
  const twin = await client.getTwin();
  const changes: { $version: number }[] = [];
  twin.on('properties.desired', (change: { $version: number }) => changes.push({ ...change }));

  const sent: string[] = [];
  while (connects(hubEvents, device) < 3) {
    sent.push(String(sent.length));
    await client.sendEvent(new Message(sent.at(-1)!));
    await delay(20);
  }
  await updateDesired(device, { change: 'after renewal' });
  await eventually(() => changes.some(({ $version }) => $version === 2));
  expect(changes.at(-1)).toEqual({ change: 'after renewal', $version: 2 });
  expect(await invokeMethod(device, { methodName: 'any' })).toMatchObject({
    payload: { renewed: true },
  });
  await client.close();
  await hubEvents.close();

  const stored = await reader.waitFor(device.deviceId, sent.length);
  expect(stored.map(({ value }) => value.toString())).toEqual(sent);
  await expectKept(device, 1);
});

test('device-mqtt 59: the Python SDK reconnects when its line is cut, and keeps its subscriptions', async () => {
  const device = await createDevice();
  const python = startPythonDevice(
    'serve_twin.py',
    'device',
    deviceConnectionString(device),
    'cut',
  );
  expect(await python.told('ready')).toMatchObject({ $version: 2 });
  await updateDesired(device, { change: 'after the cut' });
  // Back again it reads its twin first, and tells of that as of a change.
  const isChange = (patch: unknown) => (patch as { $version: number }).$version === 2;
  expect(await python.told('patch', isChange)).toEqual({ change: 'after the cut', $version: 2 });
  expect(await invokeMethod(device, { methodName: 'finish' })).toMatchObject({ status: 201 });
  await python.ended;
  const stored = await reader.waitFor(device.deviceId, 2);
  expect(stored.map(({ value }) => value.toString())).toEqual(['cut me off', 'afterwards']);
  await expectKept(device, 2);
});

test('the Node SDK reconnects by itself when its line is cut, and keeps its subscriptions', async () => {
  const cut = await createDevice();
  const client = Client.fromConnectionString(deviceConnectionString(cut), Mqtt);
  await client.open();
  await client.getTwin();
  const message = new Message('cut me off');
  message.properties.add('AzIoTHub_FaultOperationType', 'KillTcp');
  message.properties.add('AzIoTHub_FaultOperationDelayInSecs', '1');
  message.properties.add('AzIoTHub_FaultOperationDurationInSecs', '3');
  await client.sendEvent(message);
  const began = Date.now();
  while (Date.now() - began < 2_500) {
    await client.sendEvent(new Message('during')).catch(() => undefined);
  }
  await client.sendEvent(new Message('afterwards'));
  await client.getTwin();
  await client.close();

  await reader.waitUntil(() =>
    reader.of(cut.deviceId).some(({ value }) => value.equals(Buffer.from('afterwards'))),
  );
  expect(Date.now() - began).toBeGreaterThan(3_000);
});

test('an injected throttling ends the connection at each message while it lasts', async () => {
  const throttled = await createDevice();
  const client = await open(throttled);
  const fault = 'AzIoTHub_FaultOperation';
  const bag = `${fault}Type=InvokeThrottling&${fault}DelayInSecs=1&${fault}DurationInSecs=5`;
  await client.publish(`${eventsTopic(throttled)}${bag}`, 'throttle me', 1);
  await client.closed;

  const second = await open(throttled);
  second.send({
    cmd: 'publish',
    topic: eventsTopic(throttled),
    payload: 'refused',
    qos: 1,
    messageId: 2,
    dup: false,
    retain: false,
  });
  await once(second.socket, 'close');
  expect(second.received.map(({ cmd }) => cmd)).toEqual(['connack']);
});
