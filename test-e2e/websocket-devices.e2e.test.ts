/** Devices over WebSocket: Azure's unmodified SDK for Node, by MQTT and by AMQP. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '@linchpin/testing';
import {
  Client,
  Message,
  ModuleClient,
  type DeviceMethodRequest,
  type DeviceMethodResponse,
} from 'azure-iot-device';
import { AmqpWs } from 'azure-iot-device-amqp';
import { MqttWs } from 'azure-iot-device-mqtt';
import { invokeMethod, readReported, updateDesired } from './support/back-end.js';
import { createClientCertificate } from './support/client-certificate.js';
import { deviceConnectionString } from './support/device-connection-string.js';
import { sendMessage } from './support/devicebound-messages.js';
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

describe.each([
  ['MQTT', MqttWs],
  ['AMQP', AmqpWs],
] as const)('Node, %s over WebSocket', (_, transport) => {
  let device: TestIdentity;
  let client: Client;

  beforeAll(async () => {
    device = await createDevice();
    client = Client.fromConnectionString(deviceConnectionString(device), transport);
    await client.open();
    open.push(client);
  });

  test('telemetry is stored as over TCP, in order', async () => {
    const large = 'x'.repeat(200_000);
    for (const body of ['0', '1', large, '3']) {
      const message = new Message(body);
      message.contentType = 'application/json';
      message.properties.add('length', String(body.length));
      await client.sendEvent(message);
    }
    const stored = await reader.waitFor(device.deviceId, 4);

    expect(stored.map(({ value }) => value.toString())).toEqual(['0', '1', large, '3']);
    expect(stored[2]?.headers).toMatchObject({
      'iothub-connection-device-id': device.deviceId,
      'content-type': 'application/json',
      length: '200000',
    });
  });

  test('a device completes messages', async () => {
    const taken: string[] = [];
    client.on('message', (message: Message) => {
      taken.push((message.getData() as Buffer).toString());
      void client.complete(message);
    });
    const large = 'y'.repeat(60_000);
    for (const body of ['first', large, 'last']) {
      await sendMessage(device, body);
    }
    await eventually(() => taken.length === 3);

    expect(taken).toEqual(['first', large, 'last']);
  });

  test('it answers direct methods', async () => {
    client.onDeviceMethod(
      'reboot',
      (request: DeviceMethodRequest, response: DeviceMethodResponse) => {
        void response.send(210, { echo: request.payload as unknown });
      },
    );
    const call = { methodName: 'reboot', payload: { delay: 1 }, connectTimeoutInSeconds: 20 };

    expect(await invokeMethod(device, call)).toMatchObject({
      http: 200,
      status: 210,
      payload: { echo: { delay: 1 } },
    });
  });

  test('it reads its twin, reports, and hears of changes', async () => {
    await updateDesired(device, { minTemperature: 60 });
    const twin = await client.getTwin();
    expect(twin.properties.desired).toMatchObject({ minTemperature: 60 });
    const heard: number[] = [];
    twin.on('properties.desired', ({ minTemperature }: { minTemperature: number }) => {
      heard.push(minTemperature);
    });
    const { reported } = twin.properties as unknown as {
      reported: { update(patch: object, done: (error?: Error) => void): void };
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
    await updateDesired(device, { minTemperature: 65 });
    await eventually(() => heard.includes(65));

    expect(await readReported(device)).toMatchObject({ fw: '1.1' });
  });

  test('a module sends telemetry', async () => {
    const module = await createModule(device.deviceId);
    const connection = deviceConnectionString(module);
    const moduleClient = ModuleClient.fromConnectionString(connection, transport);
    await moduleClient.open();
    open.push(moduleClient);
    await moduleClient.sendEvent(new Message('of a module'));
    const ofModule = () =>
      reader
        .of(device.deviceId)
        .filter(({ headers }) => headers['iothub-connection-module-id'] === module.moduleId);
    await reader.waitUntil(() => ofModule().length === 1);

    expect(ofModule()[0]?.value.toString()).toBe('of a module');
  });

  test('a device is known by its certificate', async () => {
    const { tls, sha1 } = createClientCertificate();
    const { deviceId } = await createX509Device({ primaryThumbprint: sha1 });
    const connection = `HostName=${hub.host};DeviceId=${deviceId};x509=true`;
    const known = Client.fromConnectionString(connection, transport);
    await known.setOptions({ ...tls });
    await known.open();
    open.push(known);
    await known.sendEvent(new Message('by certificate'));

    expect((await reader.waitFor(deviceId, 1))[0]?.headers).toMatchObject({
      'iothub-connection-auth-method': expect.stringContaining('x509'),
    });
  });
});
