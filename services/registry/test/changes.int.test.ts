import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import {
  AuthenticationType,
  ConnectionState,
  connectionStateEventHeaders,
  connectionStateEventKey,
  connectionStateEventValue,
  hubEventsTopic,
  IdentityStatus,
  IpFilterAction,
  RegistryChange,
  registryChangesTopic,
  type ConnectionStateEvent,
  type Identity,
} from '@linchpin/contracts';
import { encodeHeaders, KafkaJsProducer, noHeaders } from '@linchpin/platform/kafka';
import { eventuallyPasses } from '@linchpin/testing';
import { identityKeyCredential } from '../src/domain/credential-id.js';
import { createHub, definition, sasKeys, type ActiveHub } from './support/requests.js';
import {
  createTestDeployment,
  createTopic,
  type TestDeployment,
  type TestRegistry,
} from './support/start-test-registry.js';

interface ToldChange {
  readonly key: string;
  readonly hubGeneration: string;
  readonly change: RegistryChange['change'];
}

let deployment: TestDeployment;
let registry: TestRegistry;
let producer: KafkaJsProducer;
const told: ToldChange[] = [];
let stopListening: () => Promise<void>;

jest.setTimeout(30_000);

beforeAll(async () => {
  deployment = await createTestDeployment();
  registry = await deployment.start();
  producer = await KafkaJsProducer.start(deployment.kafka);
  const consumer = deployment.kafka.consumer({ groupId: deployment.topicPrefix });
  await consumer.connect();
  const { name: topic } = registryChangesTopic(deployment.topicPrefix);
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    eachMessage: ({ message }) => {
      const { change, hubGeneration } = RegistryChange.decode(message.value!);
      told.push({ key: String(message.key), hubGeneration, change });
      return Promise.resolve();
    },
  });
  stopListening = () => consumer.disconnect();
});

afterAll(async () => {
  await stopListening();
  await producer.close();
  await deployment.close();
});

const toldOf = ({ name }: ActiveHub) => told.filter(({ key }) => key.startsWith(name));

test('every change is told once, in order, under the key of its device', async () => {
  const hub = await createHub(registry);
  const { identities } = registry;
  const write = (members: Parameters<typeof definition>[0]) =>
    identities.updateIdentity({ hub: hub.name, definition: definition(members), ifMatch: '*' });
  const authentication = sasKeys(1);
  const { secondaryKey } = sasKeys(2);
  const keyIdOf = (key: string) =>
    identityKeyCredential(hub.name, { deviceId: 'd1', moduleId: undefined }, key);
  const { identity } = await identities.createIdentity({
    hub: hub.name,
    definition: definition({ authentication }),
  });
  const { identity: module } = await identities.createIdentity({
    hub: hub.name,
    definition: definition({ moduleId: 'm' }),
  });
  const { identity: rekeyed } = await write({
    authentication: { ...authentication, secondaryKey },
  });
  const { identity: disabled } = await write({
    authentication: { type: AuthenticationType.NONE },
    status: IdentityStatus.DISABLED,
  });
  await expect(write({ deviceId: 'nobody' })).rejects.toMatchObject({ code: 'DeviceNotFound' });
  await identities.deleteIdentity({ hub: hub.name, deviceId: 'd1' });
  const { hubGeneration } = await registry.pages.getHubGeneration({ hub: hub.name });
  await registry.hubs.deleteHub({ name: hub.name });

  await eventuallyPasses(() => {
    expect(toldOf(hub)).toHaveLength(6);
  });

  const key = `${hub.name}/d1`;
  const created = (facts: Identity | undefined) => ({
    key,
    hubGeneration,
    change: { $case: 'identityCreated', value: { identity: withoutKeys(facts) } },
  });
  const updated = (facts: Identity | undefined, revokedCredentialIds: string[]) => ({
    key,
    hubGeneration,
    change: {
      $case: 'identityUpdated',
      value: { identity: withoutKeys(facts), revokedCredentialIds },
    },
  });
  const { generationId } = identity!;
  const moduleGenerationIds = [module!.generationId];
  expect(toldOf(hub).filter((each) => each.key === key)).toEqual([
    created(identity),
    created(module),
    updated(rekeyed, [keyIdOf(authentication.secondaryKey)]),
    updated(disabled, [keyIdOf(authentication.primaryKey), keyIdOf(secondaryKey), 'device-sas']),
    {
      key,
      hubGeneration,
      change: {
        $case: 'identityDeleted',
        value: { deviceId: 'd1', moduleId: undefined, generationId, moduleGenerationIds },
      },
    },
  ]);
  expect(toldOf(hub)).toContainEqual({
    key: hub.name,
    hubGeneration,
    change: { $case: 'hubDeleted', value: {} },
  });
});

function withoutKeys(identity: Identity | undefined): Identity {
  const { type = AuthenticationType.UNSPECIFIED } = identity?.authentication ?? {};
  return { ...identity!, authentication: { type } };
}

test('a change is told within a second', async () => {
  const hub = await createHub(registry);
  const started = Date.now();
  await registry.identities.createIdentity({ hub: hub.name, definition: definition() });
  await eventuallyPasses(() => {
    expect(toldOf(hub)).toHaveLength(1);
  });
  expect(Date.now() - started).toBeLessThan(1_000);
});

test('what a process did not tell before it ended, the next one tells', async () => {
  const hub = await createHub(registry);
  await registry.stop();
  const value = RegistryChange.encode({
    hub: hub.name,
    hubGeneration: '1',
    change: {
      $case: 'identityDeleted',
      value: { deviceId: 'x', generationId: '1', moduleGenerationIds: [] },
    },
  }).finish();
  const { name: topic } = registryChangesTopic(deployment.topicPrefix);
  await deployment.database.db
    .insertInto('outbox')
    .values({ topic, key: Buffer.from(`${hub.name}/x`), value: Buffer.from(value) })
    .execute();

  registry = await deployment.start();

  await eventuallyPasses(() => {
    expect(toldOf(hub)).toHaveLength(1);
  });
});

test('changes that are more together than Kafka takes at once hold up nobody', async () => {
  const hub = await createHub(registry);
  await registry.stop();
  const { hubGeneration } = await deployment.database.db
    .selectFrom('hubs')
    .select('id as hubGeneration')
    .where('name', '=', hub.name)
    .executeTakeFirstOrThrow();
  const rule = { action: IpFilterAction.REJECT, ipMask: '192.0.2.0/24' };
  // As many as a hub may have, with the longest names: 56 KB.
  const ipFilterRules = Array.from({ length: 100 }, () => ({
    ...rule,
    filterName: '😀'.repeat(128),
  }));
  const value = RegistryChange.encode({
    hub: hub.name,
    hubGeneration,
    change: {
      $case: 'hubUpdated',
      value: {
        revokedCredentialIds: [],
        limits: undefined,
        ipFilterRules,
        cloudToDevice: undefined,
      },
    },
  }).finish();
  const { name: topic } = registryChangesTopic(deployment.topicPrefix);
  const row = { topic, key: Buffer.from(hub.name), value: Buffer.from(value) };
  await deployment.database.db
    .insertInto('outbox')
    .values(Array.from({ length: 60 }, () => row))
    .execute();

  registry = await deployment.start();

  await eventuallyPasses(() => {
    expect(toldOf(hub)).toHaveLength(60);
  });
});

describe('connection states', () => {
  const topic = () => hubEventsTopic(deployment.topicPrefix);

  async function send(events: readonly ConnectionStateEvent[]): Promise<void> {
    await producer.send(
      events.map((event) => ({
        topic: topic().name,
        key: Buffer.from(connectionStateEventKey(event)),
        value: Buffer.from(connectionStateEventValue(event)),
        headers: encodeHeaders(connectionStateEventHeaders(event)),
      })),
    );
  }

  const event = (
    hub: ActiveHub,
    generationId: string,
    sequence: number,
    members: Partial<ConnectionStateEvent> = {},
  ): ConnectionStateEvent => ({
    hub: hub.name,
    deviceId: 'd1',
    moduleId: undefined,
    generationId,
    type: 'deviceConnected',
    sequenceNumber: sequence.toString(16).toUpperCase().padStart(64, '0'),
    occurredAt: new Date(Date.UTC(2026, 1, 1, 0, 0, sequence)),
    cause: 'connect',
    modelId: undefined,
    ...members,
  });

  test('are heard though the topic comes into being later, and unreadable ones do no harm', async () => {
    const hub = await createHub(registry);
    const create = { hub: hub.name, definition: definition({ iotEdge: true }) };
    const { identity } = await registry.identities.createIdentity(create);
    const { generationId, etag } = identity!;
    await createTopic(deployment, topic());
    const unreadable = event(hub, 'no number', 9);
    await producer.send([
      { topic: topic().name, key: Buffer.from('x'), value: Buffer.from('{'), headers: noHeaders },
      {
        topic: topic().name,
        key: Buffer.from(connectionStateEventKey(unreadable)),
        value: Buffer.from('{'),
        headers: encodeHeaders(connectionStateEventHeaders(unreadable)),
      },
    ]);
    const type = 'deviceVanished' as ConnectionStateEvent['type'];
    await send([
      unreadable,
      event(hub, generationId, 9, { type }),
      event(hub, generationId, 9, { deviceId: 'a\0b' }),
      event(hub, generationId, 9, { moduleId: 'm\0' }),
      event({ ...hub, name: 'h\0ub' }, generationId, 9),
      event(hub, generationId, 9, { sequenceNumber: '9' }),
      event(hub, generationId, 2),
      event(hub, generationId, 1, { type: 'deviceDisconnected' }),
    ]);

    const id = { hub: hub.name, deviceId: 'd1' };
    await eventuallyPasses(async () => {
      expect((await registry.identities.getIdentity(id)).identity).toMatchObject({
        connectionState: ConnectionState.CONNECTED,
        connectionStateUpdatedTime: new Date(Date.UTC(2026, 1, 1, 0, 0, 2)),
        lastActivityTime: new Date(Date.UTC(2026, 1, 1, 0, 0, 2)),
        etag,
      });
    });
    expect((await registry.identities.getStatistics(id)).connectedDeviceCount).toBe(1n);

    await registry.identities.deleteIdentity(id);
    const again = (await registry.identities.createIdentity(create)).identity!;
    await send([
      event(hub, generationId, 3),
      event(hub, again.generationId, 4, { type: 'deviceDisconnected', cause: 'client-disconnect' }),
    ]);
    await eventuallyPasses(async () => {
      expect((await registry.identities.getIdentity(id)).identity).toMatchObject({
        connectionState: ConnectionState.DISCONNECTED,
        lastActivityTime: new Date(Date.UTC(2026, 1, 1, 0, 0, 4)),
      });
    });
    expect(registry.log.join('')).toContain('a connection state record cannot be read');
  });
});
