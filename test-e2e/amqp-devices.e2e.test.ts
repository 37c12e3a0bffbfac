/** Devices by AMQP: Azure's unmodified SDK for Node. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '@linchpin/testing';
import { NoRetry } from 'azure-iot-common';
import {
  Client,
  Message,
  ModuleClient,
  SharedAccessKeyAuthenticationProvider,
  type DeviceMethodRequest,
  type DeviceMethodResponse,
} from 'azure-iot-device';
import { Amqp } from 'azure-iot-device-amqp';
import { invokeMethod, readReported, updateDesired } from './support/back-end.js';
import { createClientCertificate, type ClientTls } from './support/client-certificate.js';
import { sendMessage } from './support/devicebound-messages.js';
import { deviceConnectionString } from './support/device-connection-string.js';
import { hub } from './support/hub.js';
import { KafkaReader } from './support/kafka-reader.js';
import {
  createDevice,
  createModule,
  createX509Device,
  type TestIdentity,
} from './support/registry.js';

const open: (Client | ModuleClient)[] = [];
let reader: KafkaReader;

beforeAll(async () => {
  reader = await KafkaReader.from();
});

afterAll(async () => {
  await Promise.all(open.map((client) => client.close()));
  await reader.close();
});

async function deviceClient(): Promise<[TestIdentity, Client]> {
  const device = await createDevice();
  const client = Client.fromConnectionString(deviceConnectionString(device), Amqp);
  await client.open();
  open.push(client);
  return [device, client];
}

async function moduleClient(): Promise<[TestIdentity, ModuleClient]> {
  const module = await createModule((await createDevice()).deviceId);
  const client = ModuleClient.fromConnectionString(deviceConnectionString(module), Amqp);
  await client.open();
  open.push(client);
  return [module, client];
}

test.each([
  ['device', deviceClient],
  ['module', moduleClient],
] as const)('Node: a %s sends telemetry, which is stored as over MQTT', async (_, connect) => {
  const [{ deviceId, moduleId }, client] = await connect();
  for (const number of [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]) {
    const message = new Message(JSON.stringify({ number }));
    message.messageId = `m-${number}`;
    message.contentType = 'application/json';
    message.contentEncoding = 'utf-8';
    message.properties.add('number', String(number));
    await client.sendEvent(message);
  }
  const stored = await reader.waitFor(deviceId, 10);

  expect(stored.map(({ headers }) => headers['number'])).toEqual(
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map(String),
  );
  expect(stored[7]?.headers).toMatchObject({
    'iothub-connection-device-id': deviceId,
    ...(moduleId !== undefined && { 'iothub-connection-module-id': moduleId }),
    'iothub-message-source': 'Telemetry',
    'message-id': 'm-7',
    'content-type': 'application/json',
    'content-encoding': 'utf-8',
  });
  expect(stored[7]?.value.toString()).toBe('{"number":7}');
});

test('Node: a device completes, rejects and abandons messages', async () => {
  const [device, client] = await deviceClient();
  const taken: string[] = [];
  client.on('message', (message: Message) => {
    const text = (message.getData() as Buffer).toString();
    taken.push(text);
    if (text === 'rejected') {
      void client.reject(message);
    } else if (text === 'abandoned' && taken.filter((each) => each === text).length < 3) {
      void client.abandon(message);
    } else {
      void client.complete(message);
    }
  });
  // One at a time: the SDK's rhea gives neighbouring deliveries that it settles together one outcome.
  await sendMessage(device, 'completed', { messageid: 'm1', 'app-room': 'kitchen' });
  await eventually(() => taken.length === 1);
  await sendMessage(device, 'rejected');
  await eventually(() => taken.length === 2);
  await sendMessage(device, 'abandoned');
  await eventually(() => taken.length === 5);

  expect(taken.toSorted()).toEqual([
    'abandoned',
    'abandoned',
    'abandoned',
    'completed',
    'rejected',
  ]);
});

test.each([
  ['device', deviceClient],
  ['module', moduleClient],
] as const)('Node: a %s answers direct methods', async (_, connect) => {
  const [identity, client] = await connect();
  const answer = (request?: DeviceMethodRequest, response?: DeviceMethodResponse): void => {
    void response?.send(210, { echo: request?.payload as unknown });
  };
  if (client instanceof ModuleClient) {
    client.onMethod('reboot', answer);
  } else {
    client.onDeviceMethod('reboot', answer);
  }
  const invoked = await invokeMethod(identity, {
    methodName: 'reboot',
    payload: { delay: 1 },
    connectTimeoutInSeconds: 20,
  });

  expect(invoked).toMatchObject({ http: 200, status: 210, payload: { echo: { delay: 1 } } });
});

test.each([
  ['device', deviceClient],
  ['module', moduleClient],
] as const)('Node: a %s reads its twin, reports, and hears of changes', async (_, connect) => {
  const [identity, client] = await connect();
  await updateDesired(identity, { minTemperature: 60 });
  const twin = await client.getTwin();
  expect(twin.properties.desired).toMatchObject({ minTemperature: 60, $version: 2 });
  const reported = twin.properties.reported as {
    update(patch: object, done: (error: Error | undefined) => void): void;
  };
  await new Promise<void>((resolve, reject) => {
    reported.update({ fw: '1.1' }, (error) => {
      if (error) {
        reject(error);
      } else {
        resolve();
      }
    });
  });
  expect(await readReported(identity)).toMatchObject({ fw: '1.1' });
  const heard: unknown[] = [];
  twin.on('properties.desired', (change: { minTemperature: number }) => {
    heard.push(change.minTemperature);
  });
  await eventually(async () => {
    await updateDesired(identity, { minTemperature: 65 });
    return heard.includes(65);
  });
});

describe('Node: a device with a certificate', () => {
  const own = createClientCertificate();
  const none = 'AB'.repeat(20);

  async function sendBy({ deviceId }: TestIdentity, tls: ClientTls): Promise<void> {
    const text = `HostName=${hub.host};DeviceId=${deviceId};x509=true`;
    const client = Client.fromConnectionString(text, Amqp);
    open.push(client);
    client.setRetryPolicy(new NoRetry());
    await client.setOptions({ ...tls });
    await client.open();
    await client.sendEvent(new Message('by certificate'));
  }

  test('of its thumbprint sends telemetry', async () => {
    const device = await createX509Device({
      primaryThumbprint: own.sha1,
      secondaryThumbprint: none,
    });
    await sendBy(device, own.tls);
    const [stored] = await reader.waitFor(device.deviceId, 1);
    expect(stored?.headers['iothub-connection-auth-method']).toContain('x509Certificate');
  });

  test('of another thumbprint is refused', async () => {
    const device = await createX509Device({ primaryThumbprint: none, secondaryThumbprint: none });
    await expect(sendBy(device, own.tls)).rejects.toMatchObject({ name: 'UnauthorizedError' });
  });
});

test('Node: a device whose token is good for seconds renews it, and goes on', async () => {
  const device = await createDevice();
  const tokens = SharedAccessKeyAuthenticationProvider.fromConnectionString(
    deviceConnectionString(device),
    6,
    3,
  );
  let renewed = 0;
  tokens.on('newTokenAvailable', () => {
    renewed += 1;
  });
  const client = Client.fromAuthenticationProvider(tokens, Amqp);
  open.push(client);
  const troubles: unknown[] = [];
  client.on('disconnect', (trouble) => troubles.push(trouble));
  client.on('error', (trouble) => troubles.push(trouble));
  await client.open();
  await client.sendEvent(new Message('before'));
  await eventually(() => renewed >= 3);
  await client.sendEvent(new Message('after'));

  expect(await reader.waitFor(device.deviceId, 2)).toHaveLength(2);
  expect(troubles).toEqual([]);
});
