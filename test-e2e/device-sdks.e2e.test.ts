/** Twins and direct methods by the unmodified device SDKs. */
import { once } from 'node:events';
import { promisify } from 'node:util';
import { afterAll, expect, test } from '@jest/globals';
import {
  Client,
  ModuleClient,
  type DeviceMethodRequest,
  type DeviceMethodResponse,
  type Twin,
} from 'azure-iot-device';
import { Mqtt } from 'azure-iot-device-mqtt';
import { invokeMethod, readReported, updateDesired } from './support/back-end.js';
import { deviceConnectionString } from './support/device-connection-string.js';
import { startPythonDevice } from './support/python-device.js';
import { createDevice, createModule, type TestIdentity } from './support/registry.js';

const open: (Client | ModuleClient)[] = [];
afterAll(async () => {
  await Promise.all(open.map((client) => client.close()));
});

async function deviceClient(): Promise<[TestIdentity, Client]> {
  const device = await createDevice();
  const client = Client.fromConnectionString(deviceConnectionString(device), Mqtt);
  await client.open();
  open.push(client);
  return [device, client];
}

async function moduleClient(): Promise<[TestIdentity, ModuleClient]> {
  const module = await createModule((await createDevice()).deviceId);
  const client = ModuleClient.fromConnectionString(deviceConnectionString(module), Mqtt);
  await client.open();
  open.push(client);
  return [module, client];
}

type ReportedUpdate = (properties: object, done: (error: Error | null) => void) => void;

async function report(twin: Twin, properties: object): Promise<void> {
  const { reported } = twin.properties;
  const update = reported['update'] as ReportedUpdate;
  await promisify(update.bind(reported))(properties);
}

test.each([
  ['device', deviceClient],
  ['module', moduleClient],
] as const)(
  'Node: a %s reads its twin, reports, and hears of changes by their paths',
  async (_, connect) => {
    const [identity, client] = await connect();
    await updateDesired(identity, { climate: { minTemperature: 60 } });
    const twin = await client.getTwin();
    expect(twin.properties.desired).toMatchObject({ climate: { minTemperature: 60 }, $version: 2 });

    await report(twin, { fw: { version: '1.1' }, old: 1 });
    await report(twin, { old: null });
    expect(await readReported(identity)).toMatchObject({ fw: { version: '1.1' }, $version: 3 });
    await expect(report(twin, { $version: 1 })).rejects.toThrow();

    // The first time a listener hears what there is already.
    expect(await once(twin, 'properties.desired.climate.minTemperature')).toEqual([60]);
    const changed = new Promise((resolve) => {
      twin.on('properties.desired.climate.minTemperature', (value: number) => {
        if (value !== 60) {
          resolve(value);
        }
      });
    });
    await updateDesired(identity, { climate: { minTemperature: 65 }, other: { untouched: true } });
    expect(await changed).toBe(65);
  },
);

test.each([
  ['device', deviceClient],
  ['module', moduleClient],
] as const)('Node: a %s answers direct methods', async (_, connect) => {
  const [identity, client] = await connect();
  const names = ['reboot', 'getMaxMinReport'];
  for (const name of names) {
    const answer = (request?: DeviceMethodRequest, response?: DeviceMethodResponse): void => {
      void response?.send(210, { name, echo: request?.payload as unknown });
    };
    if (client instanceof Client) {
      client.onDeviceMethod(name, answer);
    } else {
      client.onMethod(name, answer);
    }
  }
  for (const [index, methodName] of names.entries()) {
    const request = { methodName, payload: { index }, connectTimeoutInSeconds: 10 };
    expect(await invokeMethod(identity, request)).toMatchObject({
      http: 200,
      status: 210,
      payload: { name: methodName, echo: { index } },
    });
  }
});

test.each([
  ['device', () => createDevice()],
  ['module', async () => createModule((await createDevice()).deviceId)],
] as const)(
  'Python: a %s reads its twin, reports, hears of changes and answers methods',
  async (kind, create) => {
    const identity = await create();
    await updateDesired(identity, { climate: { minTemperature: 60 } });
    const device = startPythonDevice('serve_twin.py', kind, deviceConnectionString(identity));
    expect(await device.told('twin')).toEqual({
      desired: { climate: { minTemperature: 60 }, $version: 2 },
      reported: { $version: 1 },
    });
    expect(await device.told('ready')).toEqual({ fw: { version: '1.1' }, $version: 2 });
    await updateDesired(identity, { climate: { minTemperature: 65 } });
    expect(await device.told('patch')).toEqual({ climate: { minTemperature: 65 }, $version: 3 });
    expect(await invokeMethod(identity, { methodName: 'finish', payload: [1] })).toMatchObject({
      http: 200,
      status: 201,
      payload: { echo: [1] },
    });
    await device.ended;
  },
);
