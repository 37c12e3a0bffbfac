import { Metadata } from '@grpc/grpc-js';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import {
  AuthenticationType,
  BulkAction,
  IdentityStatus,
  RegeneratedKeys,
  RegistryClient,
  type ListAuditEntriesRequest,
} from '@linchpin/contracts';
import { actAs, type Actor } from '@linchpin/platform/actor';
import { createGrpcClient } from '@linchpin/platform/grpc';
import { eventuallyPasses } from '@linchpin/testing';
import { sql } from 'kysely';
import { createHub, definition, hubRequest, sasKeys } from './support/requests.js';
import {
  createTestDeployment,
  freeAddress,
  type TestDeployment,
  type TestRegistry,
} from './support/start-test-registry.js';

jest.setTimeout(30_000);

let deployment: TestDeployment;
let registry: TestRegistry;

const alice: Actor = {
  kind: 'principal',
  name: 'alice@example.net',
  clientAddress: '192.0.2.7',
  requestId: '0123456789abcdef0123456789abcdef',
};

const policy: Actor = { kind: 'policy', name: 'iothubowner', clientAddress: '2001:db8::1' };

beforeAll(async () => {
  deployment = await createTestDeployment();
  registry = await deployment.start();
});

afterAll(() => deployment.close());

const logOf = async (name: string, query: Partial<ListAuditEntriesRequest> = {}) => {
  const hub = { resourceGroup: 'local', name };
  const request = { subscriptionId: 'local', hub, limit: 1_000, ...query };
  return (await registry.audit.listAuditEntries(request)).entries;
};

const operationsOf = async (name: string): Promise<string[]> =>
  (await logOf(name)).map(({ operation }) => operation);

test('each change is told of: who, what, when and from where, the newest first', async () => {
  const { identities, hubs } = registry;
  const request = hubRequest();
  const hub = request.name;
  const since = Date.now();
  await actAs(alice, () => hubs.createHub(request));
  await actAs(policy, async () => {
    const authentication = sasKeys(1);
    await identities.createIdentity({ hub, definition: definition({ authentication }) });
    const disabled = definition({ status: IdentityStatus.DISABLED, authentication: sasKeys(2) });
    await identities.updateIdentity({ hub, definition: disabled, ifMatch: '*' });
    await identities.createIdentity({ hub, definition: definition({ moduleId: 'm1' }) });
    await identities.deleteIdentity({ hub, deviceId: 'd1' });
  });

  const entries = await logOf(hub);

  expect(entries.map(({ operation, actorKind, actorName }) => [operation, actorKind, actorName]))
    // What no client asked for in so many words is done on the client's behalf all the same.
    .toEqual([
      ['DeleteIdentity', 'policy', 'iothubowner'],
      ['CreateIdentity', 'policy', 'iothubowner'],
      ['UpdateIdentity', 'policy', 'iothubowner'],
      ['CreateIdentity', 'policy', 'iothubowner'],
      ['ActivateHub', 'principal', 'alice@example.net'],
      ['CreateHub', 'principal', 'alice@example.net'],
    ]);
  const [deletion, module, update, device, , creation] = entries;
  expect(creation).toMatchObject({ hub, subscriptionId: 'local', resourceGroup: 'local' });
  expect(creation).toMatchObject({ clientAddress: '192.0.2.7', requestId: alice.requestId });
  expect(JSON.parse(creation!.detailsJson)).toMatchObject({ location: 'here', partitionCount: 1 });
  const { generationId } = JSON.parse(device!.subjectJson) as { generationId: string };
  expect(JSON.parse(update!.subjectJson)).toEqual({ deviceId: 'd1', generationId });
  expect(JSON.parse(update!.detailsJson)).toEqual({
    enabled: false,
    changed: [
      'authentication.primaryKey',
      'authentication.secondaryKey',
      'status',
      'statusUpdatedTime',
    ],
  });
  expect(JSON.parse(module!.subjectJson)).toMatchObject({ deviceId: 'd1', moduleId: 'm1' });
  expect(JSON.parse(deletion!.subjectJson)).toEqual({ deviceId: 'd1', generationId });
  for (const { time } of entries) {
    expect(Math.abs(time!.getTime() - since)).toBeLessThan(20_000);
  }
});

test('no key is in it', async () => {
  const hub = await createHub(registry);
  const keys = sasKeys(3);
  await registry.identities.createIdentity({
    hub: hub.name,
    definition: definition({ authentication: keys }),
  });
  await registry.identities.updateIdentity({
    hub: hub.name,
    definition: definition({ authentication: sasKeys(4) }),
    ifMatch: '*',
  });

  const { rows } = await sql<{ row: string }>`
    select to_jsonb(audit_log)::text as row from audit_log`.execute(deployment.database.db);

  const text = rows.map(({ row }) => row).join('\n');
  expect(text).toContain(hub.name);
  const secrets = [keys, sasKeys(4)].flatMap((each) => [each.primaryKey, each.secondaryKey]);
  for (const secret of [...secrets, ...Object.values(hub.policyKeys)]) {
    expect(text).not.toContain(secret);
  }
});

test('a change that is refused is not told of, nor is one that changes nothing', async () => {
  const { name: hub } = await createHub(registry);
  const { identities, hubs } = registry;
  const before = await operationsOf(hub);
  const create = { hub, definition: definition({ moduleId: 'm1' }) };

  await expect(identities.createIdentity(create)).rejects.toMatchObject({ code: 'DeviceNotFound' });
  await expect(
    identities.updateIdentity({ hub, definition: definition(), ifMatch: '*' }),
  ).rejects.toMatchObject({ code: 'DeviceNotFound' });
  await hubs.createHub(hubRequest({ name: hub }));

  expect(await operationsOf(hub)).toEqual(before);
});

test('who names nobody acts itself, and so does the process that goes on with a half-made hub', async () => {
  const { name } = await createHub(registry);
  const [creation] = await logOf(name);
  expect(creation).toMatchObject({ actorKind: 'process', actorName: 'another service' });
  await sql`update hubs set state = 'deleting' where name = ${name}`.execute(
    deployment.database.db,
  );

  const second = await deployment.start();

  await eventuallyPasses(async () => {
    const [last] = await logOf(name);
    expect(last).toMatchObject({ operation: 'PurgeHub', actorKind: 'process' });
    expect(last).toMatchObject({ actorName: 'registry', clientAddress: undefined });
  });
  await second.stop();
});

test('of many changes at once each is told of with what changed', async () => {
  const { name: hub } = await createHub(registry);
  await registry.identities.createIdentity({ hub, definition: definition() });
  const keys = RegeneratedKeys.PRIMARY;
  await registry.bulk.regenerateKeys({ hub, keys, identities: [{ deviceId: 'd1' }] });
  const disabled = definition({ status: IdentityStatus.DISABLED, statusReason: 'lost' });
  const row = { action: BulkAction.UPDATE, definition: disabled, ifMatch: '*' };
  await registry.bulk.applyRows({ hub, rows: [row] });

  const [status, key] = (await logOf(hub)).map(
    ({ detailsJson }) => JSON.parse(detailsJson) as object,
  );
  expect(key).toEqual({ enabled: true, changed: ['authentication.primaryKey'] });
  expect(status).toMatchObject({ enabled: false });
  expect(status).toHaveProperty('changed', expect.arrayContaining(['status', 'statusReason']));
});

test('what an import changes is told of with who asked for it, and with its job', async () => {
  const { name: hub } = await createHub(registry);
  const row = {
    action: BulkAction.CREATE,
    definition: definition({ authentication: sasKeys(5) }),
    ifMatch: undefined,
  };

  await actAs({ ...alice, jobId: 'b2' }, () => registry.bulk.applyRows({ hub, rows: [row] }));

  const [entry, ...others] = await logOf(hub);
  expect(entry).toMatchObject({ operation: 'CreateIdentity', actorName: alice.name, jobId: 'b2' });
  expect(entry).toMatchObject({ clientAddress: alice.clientAddress, requestId: alice.requestId });
  expect(others.map(({ jobId }) => jobId)).toEqual([undefined, undefined]);
});

const jobCreation = {
  operation: 'CreateJob',
  subjectJson: '{"jobId":"b2"}',
  detailsJson: '{"kind":"export"}',
};

test('a service tells of what it keeps of a hub itself, for whoever asked for it', async () => {
  const { name: hub } = await createHub(registry);
  const { hubGeneration } = await registry.pages.getHubGeneration({ hub });

  await actAs({ ...alice, hubGeneration }, () =>
    registry.audit.addAuditEntry({ hub, ...jobCreation }),
  );

  const [entry] = await logOf(hub);
  expect(entry).toMatchObject({ hub, resourceGroup: 'local', ...jobCreation });
  expect(entry).toMatchObject({ actorKind: 'principal', actorName: alice.name });
});

test.each([
  ['ArgumentInvalid', { operation: 'create job' }],
  ['ArgumentInvalid', { detailsJson: JSON.stringify({ name: 'x'.repeat(20_000) }) }],
  ['IotHubNotFound', { hub: 'nowhere' }],
  ['ServerError', { subjectJson: '[' }],
  ['ServerError', { subjectJson: 'null' }],
])('%s: no entry is made of %j', async (code, members) => {
  const { name: hub } = await createHub(registry);

  await expect(
    registry.audit.addAuditEntry({ hub, ...jobCreation, ...members }),
  ).rejects.toMatchObject({ code });
  expect(await operationsOf(hub)).toEqual(['ActivateHub', 'CreateHub']);
});

test('no entry is made for a hub that has another generation by now', async () => {
  const { name: hub } = await createHub(registry);

  await expect(
    actAs({ ...alice, hubGeneration: '0' }, () =>
      registry.audit.addAuditEntry({ hub, ...jobCreation }),
    ),
  ).rejects.toMatchObject({ code: 'IotHubNotFound' });
});

test('a hub’s log outlives it, at its place and nowhere else', async () => {
  const { name } = await createHub(registry);
  await actAs(alice, () => registry.hubs.deleteHub({ name }));

  expect(await operationsOf(name.toUpperCase())).toEqual([
    'PurgeHub',
    'DeleteHub',
    'ActivateHub',
    'CreateHub',
  ]);
  expect(await logOf(name, { hub: { resourceGroup: 'other', name } })).toEqual([]);
  expect(await logOf(name, { subscriptionId: 'other' })).toEqual([]);
});

test('a subscription’s log is that of all its hubs, and of no other’s', async () => {
  const subscriptionId = `s-${Date.now()}`;
  const mine = [hubRequest({ subscriptionId }), hubRequest({ subscriptionId })];
  for (const request of [...mine, hubRequest()]) {
    await registry.hubs.createHub(request);
  }

  const { entries } = await registry.audit.listAuditEntries({
    subscriptionId: subscriptionId.toUpperCase(),
    hub: undefined,
    limit: 1_000,
  });

  expect(entries.map(({ hub, operation }) => [hub, operation])).toEqual([
    [mine[1]!.name, 'ActivateHub'],
    [mine[1]!.name, 'CreateHub'],
    [mine[0]!.name, 'ActivateHub'],
    [mine[0]!.name, 'CreateHub'],
  ]);
});

test('pages follow each other without gap or overlap, within the times asked for', async () => {
  const { name: hub } = await createHub(registry);
  for (let number = 0; number < 5; number++) {
    const deviceId = `d${number}`;
    await registry.identities.createIdentity({ hub, definition: definition({ deviceId }) });
  }
  const all = await logOf(hub);

  const pages = [];
  for (let before: string | undefined; ;) {
    const page = await logOf(hub, { limit: 3, before });
    if (page.length === 0) {
      break;
    }
    pages.push(page.map(({ id }) => id));
    before = page.at(-1)!.id;
  }

  expect(all).toHaveLength(7);
  expect(pages.map((page) => page.length)).toEqual([3, 3, 1]);
  expect(pages.flat()).toEqual(all.map(({ id }) => id));
  const middle = all[2]!.time!;
  const since = await logOf(hub, { from: middle });
  const until = await logOf(hub, { to: middle });
  expect(since.length).toBeGreaterThan(0);
  expect(since.every(({ time }) => time! >= middle)).toBe(true);
  expect(until.every(({ time }) => time! < middle)).toBe(true);
  expect(since.length + until.length).toBe(7);
});

test.each(['x', '-1', '1;drop table audit_log', '9'.repeat(19)])(
  'a continuation that is none is refused: %s',
  async (before) => {
    await expect(logOf('any', { before })).rejects.toMatchObject({ code: 'ArgumentInvalid' });
  },
);

test('it is added to and nothing else, until an entry is older than it is kept', async () => {
  const { name } = await createHub(registry);
  const { db } = deployment.database;
  const refused = { message: expect.stringContaining('append-only') };

  for (const statement of [
    sql`update audit_log set actor_name = 'somebody else' where hub = ${name}`,
    sql`delete from audit_log where hub = ${name}`,
    sql`truncate audit_log`,
  ]) {
    await expect(statement.execute(db)).rejects.toMatchObject(refused);
  }
  expect(await operationsOf(name)).toHaveLength(2);

  const age = (days: number) => sql`
    insert into audit_log (time, hub, subscription_id, resource_group, operation, subject, details,
      actor_kind, actor_name)
    values (now() - make_interval(days => ${days}), ${name}, 'local', 'local', ${`Old${days}`},
      '{}', '{}', 'process', 'test')`;
  await sql`alter sequence audit_log_id_seq minvalue -100 restart with -99`.execute(db);
  for (const days of [500, 400, 40]) {
    await age(days).execute(db);
  }
  const second = await deployment.start({ auditRetentionDays: 100 });

  await eventuallyPasses(async () => {
    const kept = await operationsOf(name);
    expect(kept.sort()).toEqual(['ActivateHub', 'CreateHub', 'Old40']);
  });
  await second.stop();
});

test.each([
  ['no actor', Buffer.from('{}')],
  ['a kind that there is not', Buffer.from('{"kind":"root","name":"x"}')],
  ['no JSON', Buffer.from([0, 1, 2])],
])('metadata that is %s ends the call, and nothing changes', async (_, bytes) => {
  const { name: hub } = await createHub(registry);
  const listen = await freeAddress();
  const served = await deployment.start({ grpc: { listen, tls: undefined } });
  const client = createGrpcClient(RegistryClient, {
    address: `${listen.host}:${listen.port}`,
    tls: undefined,
  });
  const metadata = new Metadata();
  metadata.set('linchpin-actor-bin', bytes);
  const authentication = { type: AuthenticationType.SAS };

  const error = await new Promise((resolve) => {
    const request = { hub, definition: definition({ authentication }) };
    client.createIdentity(request, metadata, resolve);
  });

  expect(error).toMatchObject({ details: 'Internal error.' });
  expect(await operationsOf(hub)).toEqual(['ActivateHub', 'CreateHub']);
  client.close();
  await served.stop();
});
