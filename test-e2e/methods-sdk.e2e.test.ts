/** Direct methods between the unmodified SDKs of back ends and of devices. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import {
  Client as DeviceClient,
  ModuleClient,
  type DeviceMethodRequest,
  type DeviceMethodResponse,
} from 'azure-iot-device';
import { Mqtt } from 'azure-iot-device-mqtt';
import { Client as ServiceClient, type DeviceMethodParams } from 'azure-iothub';
import type { DeviceIdentityId } from '@linchpin/wire';
import { openDoor } from './support/gateway-door.js';
import { deviceConnectionString } from './support/device-connection-string.js';
import { hub } from './support/hub.js';
import { createDevice, createModule } from './support/registry.js';

const back = ServiceClient.fromConnectionString(hub.connectionString);

/** Answers with what it was given. */
async function echo(client: DeviceClient | ModuleClient): Promise<void> {
  const answer = (request?: DeviceMethodRequest, response?: DeviceMethodResponse): void => {
    response?.send(207, { given: request?.payload as unknown }, () => undefined);
  };
  await client.open();
  if (client instanceof DeviceClient) {
    client.onDeviceMethod('echo', answer);
  } else {
    client.onMethod('echo', answer);
  }
}

async function invoke(
  { deviceId, moduleId }: DeviceIdentityId,
  params: DeviceMethodParams,
): Promise<unknown> {
  const { result } = (await (moduleId === undefined
    ? back.invokeDeviceMethod(deviceId, params)
    : back.invokeDeviceMethod(deviceId, moduleId, params))) as { result: unknown };
  return result;
}

/** The subscription may be on its way yet. */
const call = (payload: unknown): DeviceMethodParams => ({
  methodName: 'echo',
  payload,
  connectTimeoutInSeconds: 20,
  responseTimeoutInSeconds: 20,
});

test.each([[{ a: [1, 'é'] }], [null], [''], [0], [[]], [true]])(
  'Node: a device answers %j to invokeDeviceMethod',
  async (payload) => {
    const identity = await createDevice();
    const client = DeviceClient.fromConnectionString(deviceConnectionString(identity), Mqtt);
    await echo(client);

    expect(await invoke(identity, call(payload))).toEqual({
      status: 207,
      payload: { given: payload },
    });
    await client.close();
  },
);

test('Node: so does a module', async () => {
  const { deviceId } = await createDevice();
  const identity = await createModule(deviceId, 'm1');
  const client = ModuleClient.fromConnectionString(deviceConnectionString(identity), Mqtt);
  await echo(client);

  expect(await invoke(identity, call({ to: 'a module' }))).toEqual({
    status: 207,
    payload: { given: { to: 'a module' } },
  });
  await client.close();
});

test('Node: what goes wrong is the error of its status', async () => {
  const { deviceId } = await createDevice();
  const soon = { methodName: 'echo', responseTimeoutInSeconds: 5 };

  await expect(invoke({ deviceId }, soon)).rejects.toMatchObject({
    message: 'Not found',
    responseBody: expect.stringContaining('404103'),
  });
  await expect(
    invoke({ deviceId }, { ...soon, responseTimeoutInSeconds: 301 }),
  ).rejects.toMatchObject({ name: 'ArgumentError' });
});

test('Python: azure-iot-hub reaches devices and modules of azure-iot-device', async () => {
  const device = await createDevice();
  const module = await createModule(device.deviceId, 'm1');
  const python = process.env['LINCHPIN_TEST_PYTHON'] ?? 'python3';
  const script = join(import.meta.dirname, 'python', 'invoke_methods.py');
  const clients = [device, module].map((identity) => deviceConnectionString(identity));
  const { stdout } = await promisify(execFile)(python, [script, hub.connectionString, ...clients], {
    env: { ...process.env, IOTHUB_CA_FILE: hub.authorityFile },
  });

  expect(JSON.parse(stdout)).toEqual({
    device: { status: 207, payload: { given: { to: 'device' } } },
    module: { status: 207, payload: { given: { to: 'module' } } },
    'no payload': { status: 207, payload: { given: '' } },
    unknown: 404,
    offline: 404,
  });
}, 120_000);

test('200 calls at once to devices of two gateways are all answered', async () => {
  const doors = await Promise.all([openDoor('gateway-1'), openDoor('gateway-2')]);
  const devices = await Promise.all(
    Array.from({ length: 40 }, async (_, number) => {
      const identity = await createDevice();
      const { hostName } = doors[number % 2]!;
      const client = DeviceClient.fromConnectionString(
        deviceConnectionString(identity, hostName),
        Mqtt,
      );
      await echo(client);
      return { identity, client };
    }),
  );
  const results = await Promise.all(
    Array.from({ length: 200 }, (_, number) => {
      const { identity } = devices[number % devices.length]!;
      return invoke(identity, call({ number }));
    }),
  );

  expect(results).toEqual(
    Array.from({ length: 200 }, (_, number) => ({ status: 207, payload: { given: { number } } })),
  );
  await Promise.all(devices.map(({ client }) => client.close()));
  doors.forEach((door) => {
    door.close();
  });
}, 120_000);
