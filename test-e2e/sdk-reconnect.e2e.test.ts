/**
 * How the SDKs come back (device-mqtt.md section 17): their token is renewed, their line is cut, their
 * gateway injects a fault. Twins, methods and commands join these tests when they are served.
 */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Client, Message } from 'azure-iot-device';
import { Mqtt } from 'azure-iot-device-mqtt';
import { eventsTopic, open } from './support/device-client.js';
import { hub } from './support/hub.js';
import { KafkaReader } from './support/kafka-reader.js';
import { createDevice, tokenOf, type TestIdentity } from './support/registry.js';

let device: TestIdentity;
let reader: KafkaReader;

beforeAll(async () => {
  device = await createDevice(`sdk-${randomUUID()}`);
  reader = await KafkaReader.from();
});

afterAll(async () => {
  await reader.close();
});

function connectionString({ deviceId, primaryKey }: TestIdentity): string {
  return `HostName=${hub.host};DeviceId=${deviceId};SharedAccessKey=${primaryKey}`;
}

/** The SDK disconnects and connects with the new token. */
function renew(client: Client, token: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    client.updateSharedAccessSignature(token, (error, result) => {
      if (error) {
        reject(error);
      } else {
        resolve(result);
      }
    });
  });
}

test('device-mqtt 58: the Node SDK renews its token while it sends, and nothing is lost', async () => {
  const client = Client.fromSharedAccessSignature(
    tokenOf(device, new Date(Date.now() + 600_000)),
    Mqtt,
  );
  await client.open();
  const sent: string[] = [];
  for (let round = 0; round < 3; round++) {
    for (let index = 0; index < 10; index++) {
      const body = `${round}/${index}`;
      await client.sendEvent(new Message(body));
      sent.push(body);
    }
    const renewed = tokenOf(device, new Date(Date.now() + 600_000 + round * 60_000));
    await renew(client, renewed);
  }
  await client.close();

  const stored = await reader.waitFor(device.deviceId, sent.length);
  expect(stored.map(({ value }) => value.toString())).toEqual(sent);
});

test('device-mqtt 59: the Node SDK reconnects by itself when its line is cut', async () => {
  const cut = await createDevice(`sdk-${randomUUID()}`);
  const client = Client.fromConnectionString(connectionString(cut), Mqtt);
  await client.open();
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
