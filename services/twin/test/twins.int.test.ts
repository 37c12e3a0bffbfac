import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { TwinUpdateMode } from '@linchpin/contracts';
import { eventually, eventuallyPasses } from '@linchpin/testing';
import {
  createTestDeployment,
  type TestDeployment,
  type TestTwin,
} from './support/start-test-twin.js';

let deployment: TestDeployment;
let twin: TestTwin;

jest.setTimeout(60_000);

beforeAll(async () => {
  deployment = await createTestDeployment();
  twin = await deployment.start();
});

afterAll(() => deployment.close());

test('the twin of an identity is there as soon as the identity is', async () => {
  const device = deployment.newDevice();

  expect(await twin.get(device)).toMatchObject({
    deviceId: 'd1',
    etag: 'AAAAAAAAAAE=',
    deviceEtag: 'MQ==',
    status: 'enabled',
    authenticationType: 'sas',
    version: 2,
    tags: {},
    properties: { desired: { $version: 1 }, reported: { $version: 1 } },
  });
  expect(await twin.generationOf(device)).toBe(device.generationId);
  expect(await twin.properties(device)).toEqual({
    desired: { $version: 1 },
    reported: { $version: 1 },
  });
});

test('what the registry has not, has no twin', async () => {
  const device = deployment.newDevice();
  const { registry } = deployment;

  await expect(twin.get({ ...device, deviceId: 'none' })).rejects.toMatchObject({
    code: 'DeviceNotFound',
  });
  await expect(twin.get({ ...device, moduleId: 'none' })).rejects.toMatchObject({
    code: 'ModuleNotFound',
  });
  await expect(twin.get({ ...device, hubGeneration: '999' })).rejects.toMatchObject({
    code: 'IotHubNotFound',
  });
  await twin.update(device, { tagsJson: '{"a":1}' });
  registry.delete(device.hub, 'd1');
  await expect(twin.get(device)).rejects.toMatchObject({ code: 'DeviceNotFound' });
  await expect(twin.update(device, { tagsJson: '{}' })).rejects.toMatchObject({
    code: 'DeviceNotFound',
  });
});

test('back ends change tags and desired properties, and see what a device reports', async () => {
  const device = deployment.newDevice();

  const first = await twin.update(device, {
    tagsJson: '{"site":"A"}',
    desiredJson: '{"rate":5,"net":{"dns":"x"},"$version":17}',
  });
  expect(first).toMatchObject({
    etag: 'AAAAAAAAAAI=',
    version: 3,
    tags: { site: 'A' },
    properties: { desired: { rate: 5, net: { dns: 'x' }, $version: 2 } },
  });
  expect(await twin.report(device, { fw: '1.1' })).toBe(2);
  const replaced = await twin.update(device, {
    mode: TwinUpdateMode.REPLACE,
    desiredJson: '{"rate":6}',
    ifMatch: first.etag,
  });
  expect(replaced).toMatchObject({
    version: 4,
    tags: { site: 'A' },
    properties: {
      desired: { rate: 6, $version: 3 },
      reported: { fw: '1.1', $version: 2, $metadata: { fw: {} } },
    },
  });
  expect(replaced.properties.desired).not.toHaveProperty('net');
  expect(await twin.get(device)).toEqual(replaced);
  await expect(twin.update(device, { tagsJson: '{}', ifMatch: first.etag })).rejects.toMatchObject({
    code: 'PreconditionFailed',
  });
  expect(await twin.properties(device)).toEqual({
    desired: { rate: 6, $version: 3 },
    reported: { fw: '1.1', $version: 2 },
  });
});

test('each committed change has its event, in order, under the key of the device', async () => {
  const device = deployment.newDevice();
  const { hub, hubGeneration, generationId } = device;

  await twin.update(device, { tagsJson: '{"a":1}' });
  await twin.report(device, { fw: '1.1', old: null });
  await twin.update(device, { mode: TwinUpdateMode.REPLACE, tagsJson: '{"b":2}' });
  await twin.update(device, {});
  await expect(twin.report(device, '[]')).rejects.toMatchObject({ code: 'ArgumentInvalid' });

  await eventuallyPasses(() => {
    expect(deployment.hubEvents.of(hub)).toMatchObject([
      {
        key: `${hub}/d1`,
        headers: {
          'iothub-message-source': 'twinChangeEvents',
          opType: 'updateTwin',
          deviceId: 'd1',
          'linchpin-hub-generation': hubGeneration,
          'linchpin-generation-id': generationId,
        },
        body: { version: 3, tags: { a: 1 } },
      },
      {
        headers: { opType: 'updateTwin' },
        body: { version: 3, properties: { reported: { fw: '1.1', old: null, $version: 2 } } },
      },
      {
        headers: { opType: 'replaceTwin' },
        body: {
          deviceId: 'd1',
          version: 4,
          tags: { b: 2 },
          properties: { reported: { fw: '1.1', $version: 2 } },
        },
      },
    ]);
  });
});

test('a device of an earlier generation reads and changes nothing of the one made since', async () => {
  const device = deployment.newDevice();
  const { registry } = deployment;
  await twin.report(device, { of: 'the former' });
  const again = registry.create(device.hub, 'd1');
  const former = device;
  const later = { ...device, generationId: again.generationId };

  expect(await twin.report(later, { of: 'the later' })).toBe(2);
  await expect(twin.report(former, { of: 'the former' })).rejects.toMatchObject({
    code: 'DeviceNotFound',
  });
  await expect(twin.properties(former)).rejects.toMatchObject({ code: 'DeviceNotFound' });
  expect(await twin.properties(later)).toMatchObject({ reported: { of: 'the later' } });
});

test('hubs of the same name, one after the other, have twins of their own', async () => {
  const device = deployment.newDevice();
  const { registry } = deployment;
  await twin.update(device, { tagsJson: '{"of":"the former"}' });
  registry.generations.set(device.hub, '7777');

  expect(await twin.get({ ...device, hubGeneration: '7777' })).toMatchObject({ tags: {} });
  await expect(twin.get(device)).rejects.toMatchObject({ code: 'IotHubNotFound' });
});

test('a patch for another version than the reported properties have changes nothing', async () => {
  const device = deployment.newDevice();

  expect(await twin.report(device, { a: 1 }, 1n)).toBe(2);
  await expect(twin.report(device, { a: 2 }, 1n)).rejects.toMatchObject({
    code: 'PreconditionFailed',
  });
  expect(await twin.properties(device)).toMatchObject({ reported: { a: 1, $version: 2 } });
});

test('many changes at once are one after the other, in several processes too', async () => {
  const device = deployment.newDevice();
  const other = await deployment.start();
  const patches = Array.from({ length: 20 }, (_, index) => index);

  const versions = await Promise.all(
    patches.map((index) => [twin, other][index % 2]!.report(device, { [`k${index}`]: index })),
  );
  await Promise.all(
    patches.map((index) =>
      [twin, other][index % 2]!.update(device, { desiredJson: `{"k${index}":1}` }),
    ),
  );

  expect([...versions].sort((one, another) => one - another)).toEqual(
    patches.map((index) => index + 2),
  );
  const seen = await twin.get(device);
  expect(Object.keys(seen.properties.reported)).toHaveLength(20 + 2);
  expect(seen.properties.desired.$version).toBe(21);
  await eventuallyPasses(() => {
    expect(deployment.hubEvents.of(device.hub)).toHaveLength(40);
  });
  await other.stop();
});

test('a change that waits for others is not made once nobody waits for it', async () => {
  const device = deployment.newDevice();
  const { registry } = deployment;
  await twin.get(device);
  let goOn: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const { asked } = registry;
  registry.onAnswer = () => gate;
  const first = twin.update(device, { tagsJson: '{"first":true}' });
  await eventually(() => registry.asked > asked);
  const caller = new AbortController();
  const second = twin.update(device, { tagsJson: '{"second":true}' }, caller.signal);
  const third = twin.update(device, { tagsJson: '{"third":true}' });

  // By the end of which both have come, and wait.
  await twin.properties(device);
  caller.abort();
  await expect(second).rejects.toMatchObject({ code: 'RequestCanceled' });
  goOn();
  await first;

  expect((await third).tags).toEqual({ first: true, third: true });
  registry.onAnswer = () => Promise.resolve();
});

test('an identity that goes while its twin is made leaves none', async () => {
  const device = deployment.newDevice();
  const { registry, database } = deployment;
  let answers = 0;
  registry.onAnswer = () => {
    answers += 1;
    if (answers === 1) {
      registry.delete(device.hub, 'd1');
    }
    return Promise.resolve();
  };

  await expect(twin.get(device)).rejects.toMatchObject({ code: 'DeviceNotFound' });
  registry.onAnswer = () => Promise.resolve();
  const rows = await database.db
    .selectFrom('identities')
    .select('twin_id')
    .where('hub_generation', '=', device.hubGeneration)
    .execute();
  expect(rows).toEqual([]);
});

test('a twin as large as it may be can be written, read, replaced and told of', async () => {
  const device = deployment.newDevice();
  const members = (count: number): string =>
    JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, each) => [each, {}])));

  await twin.report(device, members(5_900));
  await twin.update(device, {
    mode: TwinUpdateMode.REPLACE,
    tagsJson: '{"a":1}',
    desiredJson: members(4_100),
  });

  await eventuallyPasses(() => {
    expect(deployment.hubEvents.of(device.hub)).toHaveLength(2);
  });
  const seen = await twin.get(device);
  expect(Object.keys(seen.properties.desired)).toHaveLength(4_102);
});
