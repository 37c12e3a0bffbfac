/** Twins, queries and digital twins with the unmodified `azure-iothub`. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '@linchpin/testing';
import { Client, type Twin as DeviceTwin } from 'azure-iot-device';
import { Mqtt } from 'azure-iot-device-mqtt';
import { DigitalTwinClient, IoTHubTokenCredentials, Registry, type Twin } from 'azure-iothub';
import { hub } from './support/hub.js';
import { createDevice, createModule } from './support/registry.js';

const registry = Registry.fromConnectionString(hub.connectionString);

describe('Registry', () => {
  const deviceId = `twin-${randomUUID()}`;

  beforeAll(async () => {
    await createDevice(deviceId);
    await createModule(deviceId, 'm1');
  });

  test('getTwin, updateTwin, and the tag that Twin.update states', async () => {
    const { responseBody: twin } = await registry.getTwin(deviceId);
    const patch = { tags: { floor: 2 }, properties: { desired: { rate: 5 } } };
    const { responseBody: updated } = await registry.updateTwin(deviceId, patch, twin.etag);
    expect(updated).toMatchObject({ ...patch, deviceId });

    // It has the tag of the twin before.
    await expect(twin.update({ tags: { floor: 3 } })).rejects.toMatchObject({
      name: 'InvalidEtagError',
    });
    await twin.get();
    await twin.update({ tags: { floor: 3 } });
    expect((await registry.getTwin(deviceId)).responseBody.tags).toEqual({ floor: 3 });
  });

  test('getModuleTwin, updateModuleTwin', async () => {
    const patch = { properties: { desired: { mode: { fast: true } } } };
    await registry.updateModuleTwin(deviceId, 'm1', patch, '*');
    const { responseBody: twin } = await registry.getModuleTwin(deviceId, 'm1');

    expect(twin).toMatchObject({ ...patch, deviceId, moduleId: 'm1' });
  });

  test('what is not there fails, as it does with Azure', async () => {
    await expect(registry.getTwin('nope')).rejects.toThrow('Not found');
    await expect(registry.getModuleTwin(deviceId, 'nope')).rejects.toThrow('Not found');
    await expect(registry.updateTwin('nope', {}, '*')).rejects.toThrow('Not found');
  });

  test('a patch that is refused is an ArgumentError that names the place', async () => {
    const patch = { tags: { 'a.b': 1 } };

    await expect(registry.updateTwin(deviceId, patch, '*')).rejects.toMatchObject({
      name: 'ArgumentError',
      message: expect.stringContaining('a.b'),
    });
  });
});

describe('createQuery', () => {
  const site = `s-${randomUUID()}`;
  const ids = Array.from({ length: 5 }, (_, index) => `${site}-${index}`);

  beforeAll(async () => {
    for (const id of ids) {
      await createDevice(id);
      await registry.updateTwin(id, { tags: { site } }, '*');
    }
  });

  test('pages of twins, each of which can be changed', async () => {
    const query = registry.createQuery(`SELECT * FROM devices WHERE tags.site = '${site}'`, 2);
    const twins: Twin[] = [];
    while (query.hasMoreResults) {
      twins.push(...(await query.nextAsTwin()).result);
    }
    await twins[0]?.update({ tags: { first: true } });

    expect(twins.map(({ deviceId }) => deviceId).sort()).toEqual(ids);
    expect((await registry.getTwin(twins[0]?.deviceId ?? '')).responseBody.tags).toEqual({
      site,
      first: true,
    });
  });

  test('rows of a projection, and a count', async () => {
    const where = `WHERE tags.site = '${site}'`;
    const projection = await registry.createQuery(`SELECT deviceId FROM devices ${where}`).next();
    const count = await registry.createQuery(`SELECT COUNT() AS n FROM devices ${where}`).next();

    expect(projection.result).toEqual(
      expect.arrayContaining(ids.map((deviceId) => ({ deviceId }))),
    );
    expect(count.result).toEqual([{ n: ids.length }]);
  });

  test('a query that is none is an ArgumentError', async () => {
    await expect(registry.createQuery('SELECT').nextAsTwin()).rejects.toMatchObject({
      name: 'ArgumentError',
      responseBody: expect.stringContaining('The query is invalid.'),
    });
  });
});

test('service-rest 62: DigitalTwinClient reads and changes what a device announces', async () => {
  const modelId = 'dtmi:com:example:TemperatureController;1';
  const { deviceId, primaryKey } = await createDevice();
  const device = Client.fromConnectionString(
    `HostName=${hub.host};DeviceId=${deviceId};SharedAccessKey=${primaryKey}`,
    Mqtt,
  );
  await device.setOptions({ modelId });
  await device.open();
  const twin = await device.getTwin();
  await report(twin, { serial: 'x1', thermostat: { __t: 'c', maximum: 25.5 } });

  const client = new DigitalTwinClient(new IoTHubTokenCredentials(hub.connectionString));
  const wanted = once(twin, 'properties.desired.thermostat');
  const patch = [{ op: 'add', path: '/thermostat/target', value: 21.5 }];
  expect(await statusOfUpdate(client, deviceId, patch)).toBe(202);
  expect(await wanted).toEqual([expect.objectContaining({ __t: 'c', target: 21.5 })]);
  const target = { value: 21.5, ac: 200, av: 2, ad: 'done' };
  await report(twin, { thermostat: { __t: 'c', target } });

  // The model is heard of with the connection.
  await eventually(async () => {
    const read = (await client.getDigitalTwin(deviceId)) as unknown as { $metadata: object };
    return '$model' in read.$metadata;
  });
  const time = expect.stringMatching(/^2.*Z$/);
  const digitalTwin = await client.getDigitalTwin(deviceId);
  expect({ ...digitalTwin }).toMatchObject({
    $dtId: deviceId,
    serial: 'x1',
    thermostat: {
      maximum: 25.5,
      target: 21.5,
      $metadata: {
        maximum: { lastUpdateTime: time },
        target: {
          ...{ desiredValue: 21.5, desiredVersion: 2, lastUpdateTime: time },
          ...{ ackVersion: 2, ackCode: 200, ackDescription: 'done' },
        },
      },
    },
    $metadata: { $model: modelId, serial: { lastUpdateTime: time } },
  });
  await device.close();
});

test('DigitalTwinClient: a refused patch has its code', async () => {
  const { deviceId } = await createDevice();
  const client = new DigitalTwinClient(new IoTHubTokenCredentials(hub.connectionString));
  const patch = [{ op: 'add', path: '/a/b/c', value: 1 }];

  await expect(client.updateDigitalTwin(deviceId, patch)).rejects.toMatchObject({
    statusCode: 400,
    response: { body: expect.stringContaining('400508') },
  });
});

/** Its promise tells nothing of the answer. */
function statusOfUpdate(
  client: DigitalTwinClient,
  deviceId: string,
  patch: object[],
): Promise<number> {
  return new Promise((resolve, reject) => {
    client.updateDigitalTwin(deviceId, patch, '*', (error, _, response) => {
      if (response === undefined) {
        reject(error!);
      } else {
        resolve(response.status);
      }
    });
  });
}

interface ReportedProperties {
  update(patch: object, done: (error: Error | null) => void): void;
}

async function report({ properties }: DeviceTwin, patch: object): Promise<void> {
  const reported = properties.reported as unknown as ReportedProperties;
  await new Promise<void>((resolve, reject) => {
    reported.update(patch, (error) => {
      if (error === null) {
        resolve();
      } else {
        reject(error);
      }
    });
  });
}
