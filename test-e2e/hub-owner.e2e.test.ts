/** Whoever owns one hub of a deployment, with the unmodified `@azure/arm-iothub`. */
import { randomUUID } from 'node:crypto';
import type { IotHubClient, IotHubDescription } from '@azure/arm-iothub';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { TestIssuer, testIssuerSettings } from '@linchpin/testing';
import {
  arm,
  armWith,
  changeArmHub,
  createArmHub,
  deleteArmHubs,
  failureOf,
  resourceGroup,
} from './support/arm-client.js';

const { iotHubResource: hubs } = arm;
let issuer: TestIssuer;
let name: string;
let owner: IotHubClient['iotHubResource'];

beforeAll(async () => {
  issuer = await TestIssuer.start(testIssuerSettings());
  ({ name } = await createArmHub({ sku: { name: 'S2', capacity: 2 } }));
  owner = await ownerOf(name);
});

afterAll(async () => {
  await deleteArmHubs();
  await issuer.pause();
});

async function ownerOf(hub: string): Promise<IotHubClient['iotHubResource']> {
  return armWith(await issuer.sign({ roles: [`Owner@${hub}`] })).iotHubResource;
}

function put(
  client: IotHubClient['iotHubResource'],
  description: IotHubDescription,
): Promise<IotHubDescription> {
  return client.beginCreateOrUpdateAndWait(resourceGroup, name, description);
}

const forbidden = { statusCode: 403, code: 'GenericForbidden' };

test('get, change, createOrUpdate: what is the owner’s changes', async () => {
  const before = await owner.get(resourceGroup, name);
  const properties = { ...before.properties, disableModuleSAS: true, comments: 'its owner’s' };
  const changed = await put(owner, { ...before, tags: { a: '1' }, properties });

  expect(changed).toMatchObject({
    tags: { a: '1' },
    sku: { name: 'S2', capacity: 2 },
    properties: { disableModuleSAS: true, comments: 'its owner’s' },
  });
  expect(await owner.get(resourceGroup, name)).toEqual(changed);
  const tagged = await owner.beginUpdateAndWait(resourceGroup, name, { tags: { b: '2' } });
  expect(tagged.tags).toEqual({ b: '2' });
});

test.each([
  ['sku.name', { name: 'S3', capacity: 2 }],
  ['sku.capacity', { name: 'S2', capacity: 10 }],
])('another %s is refused, and nothing of the change is done', async (member, sku) => {
  const before = await owner.get(resourceGroup, name);
  const refused = await failureOf(put(owner, { ...before, tags: { c: '3' }, sku }));

  expect(refused).toMatchObject({ ...forbidden, message: expect.stringContaining(member) });
  expect(await owner.get(resourceGroup, name)).toEqual(before);
});

test('the owner’s writes undo no tier that is given meanwhile', async () => {
  const before = await owner.get(resourceGroup, name);
  for (const capacity of [3, 4, 5, 6, 7]) {
    const { sku } = await hubs.get(resourceGroup, name);
    const writes = Array.from({ length: 4 }, (_, index) =>
      put(owner, { ...before, sku, tags: { write: `${capacity}-${index}` } }).catch(
        () => undefined,
      ),
    );
    await Promise.all([changeLimits(capacity), ...writes]);

    expect((await hubs.get(resourceGroup, name)).sku).toMatchObject({ name: 'S2', capacity });
  }
});

/** Whatever else of the hub is written at the time. */
async function changeLimits(capacity: number): Promise<void> {
  await hubs.beginCreateOrUpdateAndWait(resourceGroup, name, {
    location: 'local',
    sku: { name: 'S2', capacity },
  });
}

test('a hub of the role’s name is not made by the owner, nor made again', async () => {
  const mine = `own-${randomUUID().slice(0, 8)}`;
  const client = await ownerOf(mine);
  const description = { location: 'local', sku: { name: 'S1', capacity: 1 } };
  const create = (): Promise<IotHubDescription> =>
    client.beginCreateOrUpdateAndWait(resourceGroup, mine, description);

  expect(await failureOf(create())).toMatchObject(forbidden);
  await hubs.beginCreateOrUpdateAndWait(resourceGroup, mine, description);
  expect(await create()).toMatchObject({ name: mine });
  await client.beginDeleteAndWait(resourceGroup, mine);
  expect(await failureOf(create())).toMatchObject(forbidden);
  expect(await failureOf(hubs.get(resourceGroup, mine))).toMatchObject({ statusCode: 404 });
});

test('lists hold its hub, and its names are not asked for', async () => {
  const found: (string | undefined)[] = [];
  for await (const hub of owner.listBySubscription()) {
    found.push(hub.name);
  }

  expect(found).toEqual([name]);
  expect(await failureOf(owner.checkNameAvailability({ name: 'local' }))).toMatchObject(forbidden);
});

test('what only an owner of all hubs changes, that one does', async () => {
  const client = armWith(await issuer.sign({ roles: ['Owner'] })).iotHubResource;
  const before = await client.get(resourceGroup, name);

  expect(await put(client, { ...before, sku: { name: 'S3', capacity: 1 } })).toMatchObject({
    sku: { name: 'S3', capacity: 1 },
  });
  expect(await changeArmHub(name, { comments: 'by the admin token' })).toMatchObject({
    sku: { name: 'S3', capacity: 1 },
  });
});
