import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { HubState, telemetryTopic } from '@linchpin/contracts';
import { eventuallyPasses } from '@linchpin/testing';
import { sql } from 'kysely';
import { hubDefinition, samplePolicies } from '../src/domain/samples.fake.js';
import type { Stores } from '../src/domain/stores.fake.js';
import { postgresStores } from './support/postgres-stores.js';
import { client, createHub, definition, hubRequest, token, withToken } from './support/requests.js';
import {
  createTestDeployment,
  createTopic,
  type TestDeployment,
  type TestRegistry,
} from './support/start-test-registry.js';

let deployment: TestDeployment;
let stores: Stores;
let registry: TestRegistry;

jest.setTimeout(30_000);

beforeAll(async () => {
  deployment = await createTestDeployment();
  stores = postgresStores(deployment.database);
  registry = await deployment.start();
});

afterAll(() => deployment.close());

const topicOf = (hub: string, partitionCount = 1) =>
  telemetryTopic(deployment.topicPrefix, { hub, partitionCount, retentionDays: 1 });

async function listTopics(): Promise<string[]> {
  const admin = deployment.kafka.admin();
  await admin.connect();
  const topics = await admin.listTopics();
  await admin.disconnect();
  return topics;
}

const stateOf = async (name: string) => (await registry.hubs.getHub({ name })).hub!.state;

test('of many that create one hub at once, in two processes, one does and all get it', async () => {
  const second = await deployment.start();
  const request = hubRequest();
  const answers = await Promise.all(
    [registry, second, registry, second].map(({ hubs }) => hubs.createHub(request)),
  );
  expect(answers.filter(({ created }) => created)).toHaveLength(1);
  expect(new Set(answers.map(({ hub }) => hub!.etag)).size).toBe(1);
  expect(answers[0]!.hub!.state).toBe(HubState.ACTIVE);
  await second.stop();
});

test('another definition or host name is refused in words', async () => {
  const request = hubRequest({ hostNames: [`h-${randomUUID()}`] });
  await registry.hubs.createHub(request);
  await expect(registry.hubs.createHub({ ...request, retentionDays: 2 })).rejects.toMatchObject({
    code: 'GenericConflict',
    message: `A hub ${request.name} exists with another retentionDays (it has 1; asked for: 2).`,
  });
  const other = hubRequest({ hostNames: request.hostNames.map((name) => name.toUpperCase()) });
  await expect(registry.hubs.createHub(other)).rejects.toMatchObject({
    code: 'GenericConflict',
    message: `The host name ${request.hostNames[0]} belongs to the hub ${request.name}.`,
  });
  await expect(registry.hubs.createHub({ ...request, partitionCount: 33 })).rejects.toMatchObject({
    code: 'ArgumentInvalid',
  });
});

describe('a hub whose topic is not as it must be', () => {
  test('serves nobody until the topic is mended and it is created again', async () => {
    const request = hubRequest();
    await createTopic(deployment, topicOf(request.name, 3));
    await expect(registry.hubs.createHub(request)).rejects.toMatchObject({
      code: 'IotHubActivationFailed',
      message: expect.stringContaining('3 partitions, not 1'),
    });
    expect(await stateOf(request.name)).toBe(HubState.ACTIVATING);
    const create = { hub: request.name, definition: definition() };
    await expect(registry.identities.createIdentity(create)).rejects.toMatchObject({
      code: 'IotHubNotFound',
    });

    const admin = deployment.kafka.admin();
    await admin.connect();
    await admin.deleteTopics({ topics: [topicOf(request.name).name] });
    await admin.disconnect();
    const { created } = await registry.hubs.createHub(request);
    expect({ created, state: await stateOf(request.name) }).toEqual({
      created: false,
      state: HubState.ACTIVE,
    });
  });
});

describe('a process that ended between two steps', () => {
  test('of creating: the next process goes on', async () => {
    const hub = hubDefinition(`Hub-${randomUUID().slice(0, 18)}`, { partitionCount: 1 });
    await stores.hubs.insert(hub, samplePolicies);
    await stores.hubs.insert(hubDefinition(`x-${hub.name}`), samplePolicies);

    const next = await deployment.start();

    await eventuallyPasses(async () => {
      expect(await stateOf(hub.name)).toBe(HubState.ACTIVE);
      expect(await stateOf(`x-${hub.name}`)).toBe(HubState.ACTIVE);
    });
    expect(await listTopics()).toContain(topicOf(hub.name).name);
    await next.stop();
  });

  test('of deleting: the next process goes on', async () => {
    const hub = await createHub(registry);
    await registry.identities.createIdentity({ hub: hub.name, definition: definition() });
    await stores.hubs.markDeleting(hub.name);

    const next = await deployment.start();

    await eventuallyPasses(async () => {
      await expect(registry.hubs.getHub({ name: hub.name })).rejects.toMatchObject({
        code: 'GenericNotFound',
      });
    });
    expect(await listTopics()).not.toContain(topicOf(hub.name).name);
    await next.stop();
  });
});

test('from the first step of its deletion nothing of a hub authenticates', async () => {
  const hub = await createHub(registry);
  const { identity } = await registry.identities.createIdentity({
    hub: hub.name,
    definition: definition(),
  });
  const asDevice = withToken(hub, 'd1', { key: identity!.authentication!.primaryKey! });
  const asOwner = {
    audience: hub.hostName,
    policy: 'iothubowner',
    key: hub.policyKeys['iothubowner']!,
  };
  const asService = { sharedAccessSignature: token(asOwner), path: '/devices', client };
  await registry.identities.authenticateDevice(asDevice);
  await registry.identities.authorizeService(asService);

  await stores.hubs.markDeleting(hub.name);

  await expect(registry.identities.authenticateDevice(asDevice)).rejects.toMatchObject({
    code: 'IotHubNotFound',
  });
  await expect(registry.identities.authorizeService(asService)).rejects.toMatchObject({
    code: 'IotHubUnauthorizedAccess',
  });
  await expect(registry.hubs.createHub(hubRequest({ name: hub.name }))).rejects.toMatchObject({
    code: 'OperationNotAllowedInCurrentState',
  });
  await registry.hubs.deleteHub({ name: hub.name });
});

test('a large hub goes with all that is its own, and a new one of the name is empty', async () => {
  const hub = await createHub(registry);
  const { db } = deployment.database;
  await sql`
    insert into identities (hub_id, device_id, module_id, generation_id, status, authentication_type,
                            iot_edge, parent_scopes)
    select hubs.id, 'd' || number, '', number, 'enabled', 'none', false, '{}'
    from hubs, generate_series(1, 12000) as number where hubs.name = ${hub.name}`.execute(db);
  expect((await registry.identities.getStatistics({ hub: hub.name })).totalDeviceCount).toBe(
    12_000n,
  );

  await registry.hubs.deleteHub({ name: hub.name });

  const left = await db
    .selectFrom('identities')
    .select(({ fn }) => fn.countAll<string>().as('rows'))
    .where('status_reason', 'is', null)
    .where('authentication_type', '=', 'none')
    .executeTakeFirstOrThrow();
  expect(left.rows).toBe('0');
  await registry.hubs.createHub(hubRequest({ name: hub.name }));
  expect((await registry.identities.getStatistics({ hub: hub.name })).totalDeviceCount).toBe(0n);
});

test('nothing is added to a hub while it is being deleted', async () => {
  const hub = await createHub(registry);
  const create = (deviceId: string) =>
    registry.identities.createIdentity({ hub: hub.name, definition: definition({ deviceId }) });
  const createMany = (name: string, length: number) =>
    Array.from({ length }, (_, index) => create(`${name}-${index}`));
  await create('first');
  // Calls about one hub take turns, and who waits for long is refused: most are made behind the deletion.
  const before = createMany('before', 20);
  const deleted = registry.hubs.deleteHub({ name: hub.name });
  const creations = [...before, ...createMany('behind', 180)];
  const [outcomes] = await Promise.all([Promise.allSettled(creations), deleted]);
  const codes = outcomes.map((outcome) =>
    outcome.status === 'rejected' ? (outcome.reason as { code: string }).code : 'stored',
  );
  expect(new Set(codes)).not.toContain('ServerError');
  await expect(registry.hubs.getHub({ name: hub.name })).rejects.toMatchObject({
    code: 'GenericNotFound',
  });
});
