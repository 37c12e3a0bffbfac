/** Devices that share one AMQP connection: Azure's unmodified SDK for Java, and its multiplexing client. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '@linchpin/testing';
import { invokeMethod, readReported, updateDesired } from './support/back-end.js';
import { countMessages, sendMessage } from './support/devicebound-messages.js';
import { hub } from './support/hub.js';
import { connectionItself, JavaDevices } from './support/java-devices.js';
import { KafkaReader } from './support/kafka-reader.js';
import { createDevice, updateDevice, type TestIdentity } from './support/registry.js';

interface Reported {
  readonly version: number;
  readonly attempts: number;
}

/** The SDK puts a newer token when 85 % of this is over. */
const tokenSeconds = 8;

let devices: TestIdentity[];
let java: JavaDevices;
let telemetry: KafkaReader;
let hubEvents: KafkaReader;

beforeAll(async () => {
  [telemetry, hubEvents] = await Promise.all([
    KafkaReader.from(),
    KafkaReader.from(hub.hubEventsTopic),
  ]);
  devices = await Promise.all([createDevice(), createDevice(), createDevice()]);
  java = new JavaDevices(devices, tokenSeconds);
  for (const device of devices) {
    await java.told('ready', device);
  }
}, 60_000);

afterAll(async () => {
  java.kill();
  await Promise.all([telemetry.close(), hubEvents.close()]);
});

/** How often a device has connected, or disconnected. */
function count(opType: string, { deviceId }: TestIdentity): number {
  return hubEvents.all.filter(
    ({ headers }) =>
      headers['iothub-connection-device-id'] === deviceId && headers['opType'] === opType,
  ).length;
}

/** What a device sends is stored, with the model that it names. */
async function expectSends(device: TestIdentity, text: string): Promise<void> {
  java.tell('send', device, text);
  await java.told('sent', device, (value) => value === text);
  await eventually(() =>
    telemetry.all.some(
      ({ headers, value }) =>
        headers['iothub-connection-device-id'] === device.deviceId && value.toString() === text,
    ),
  );
}

test('each sends telemetry of its own, under the model that it names', async () => {
  for (const device of devices) {
    await expectSends(device, `of-${device.deviceId}`);
    const [stored] = await telemetry.waitFor(device.deviceId, 1);
    expect(stored?.headers).toMatchObject({
      'iothub-connection-device-id': device.deviceId,
      'dt-dataschema': 'dtmi:linchpin:Multiplexed;1',
    });
  }
});

test('each reads its twin, hears of changes, and reports', async () => {
  for (const device of devices) {
    await updateDesired(device, { rate: device.deviceId });
    expect(
      await java.told('desired', device, (value) => 'rate' in (value as object)),
    ).toMatchObject({ rate: device.deviceId });
    java.tell('twin', device);
    expect(await java.told('twin', device)).toMatchObject({ rate: device.deviceId });
    java.tell('report', device, 'colour', 'red');
    // The SDK may lose an answer: what it reports once more is one version more.
    const { version, attempts } = (await java.told('reported', device)) as Reported;
    expect(version).toBe(1 + attempts);
    expect(await readReported(device)).toMatchObject({ colour: 'red' });
  }
});

test('each answers methods', async () => {
  for (const device of devices) {
    const answer = await invokeMethod(device, { methodName: 'reboot', payload: { delay: 1 } });
    expect(answer).toMatchObject({
      http: 200,
      status: 210,
      payload: { device: device.deviceId, method: 'reboot' },
    });
  }
});

test('each completes, rejects and abandons what it is sent', async () => {
  for (const device of devices) {
    for (const text of ['complete', 'reject', 'abandon']) {
      await sendMessage(device, text);
      await java.told('message', device, (value) => value === text);
    }
    await eventually(async () => (await countMessages(device)) === 0);
    expect(java.soFar('message', device).toSorted()).toEqual([
      'abandon',
      'abandon',
      'complete',
      'reject',
    ]);
  }
});

test('one that is disabled is detached, and all others go on', async () => {
  const [gone, ...others] = devices as [TestIdentity, ...TestIdentity[]];
  await updateDevice(gone.deviceId, { status: 'disabled' });
  await java.told('status', gone, (value) => String(value).startsWith('DISCONNECTED'));
  for (const device of others) {
    await expectSends(device, 'still-here');
    expect((await invokeMethod(device, { methodName: 'reboot' })).status).toBe(210);
  }
  await eventually(() => count('deviceDisconnected', gone) === 1);
});

test('tokens that are renewed keep the connection, until it is closed', async () => {
  const [, ...others] = devices;
  await eventually(() => others.every((device) => java.tokensTaken(device) >= 3));
  expect(java.soFar('connection', connectionItself)).toEqual(['CONNECTED']);
  for (const device of others) {
    expect(count('deviceConnected', device)).toBe(1);
  }
  await java.close();
  await eventually(() => others.every((device) => count('deviceDisconnected', device) === 1));
});
