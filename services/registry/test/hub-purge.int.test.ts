/** A hub's end beside those who still change its identities, each brought to the same moment by a lock. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { somebodyWaits } from '@linchpin/testing/postgres';
import { sql } from 'kysely';
import type { IdentityUpdate } from '../src/domain/identity-store.js';
import { hubDefinition, identityContent, samplePolicies } from '../src/domain/samples.fake.js';
import type { Stores } from '../src/domain/stores.fake.js';
import { openTestDatabase, postgresStores, type TestDatabase } from './support/postgres-stores.js';

let database: TestDatabase;
let stores: Stores;

beforeAll(async () => {
  database = await openTestDatabase();
  stores = postgresStores(database);
});

afterAll(() => database.close());

async function hubWithDevice(): Promise<string> {
  const { name } = hubDefinition(`Hub-${randomUUID().slice(0, 18)}`);
  await stores.hubs.insert(hubDefinition(name), samplePolicies);
  await stores.hubs.activate(name);
  await stores.identities.insertDevice(name, identityContent({ deviceId: 'd1' }), []);
  return name;
}

/** Starts `work` while somebody changes the device, who lets go when `work` waits and `meanwhile` is done. */
async function whileDeviceChanges<Result>(
  hub: string,
  work: () => Promise<Result>,
  meanwhile: () => Promise<void> = () => Promise.resolve(),
): Promise<Result> {
  let working = Promise.resolve<PromiseSettledResult<Result> | undefined>(undefined);
  await database.db.transaction().execute(async (transaction) => {
    await sql`update identities set last_activity_time = now()
              where hub_id = (select id from hubs where name = ${hub})`.execute(transaction);
    working = Promise.allSettled([work()]).then(([outcome]) => outcome);
    await somebodyWaits(database);
    await meanwhile();
  });
  const outcome = await working;
  if (outcome?.status !== 'fulfilled') {
    throw outcome?.reason;
  }
  return outcome.value;
}

test('a device that changes in the moment of the purge goes all the same', async () => {
  const hub = await hubWithDevice();
  await stores.hubs.markDeleting(hub);

  await whileDeviceChanges(hub, () => stores.hubs.purge(hub));

  expect(await stores.hubs.find(hub)).toBeUndefined();
});

test('an update that waited while its hub began to be deleted adds no modules to it', async () => {
  const hub = await hubWithDevice();
  const toEdge = (): IdentityUpdate => ({
    content: identityContent({ deviceId: 'd1', iotEdge: true }),
    addedModules: [identityContent({ deviceId: 'd1', moduleId: '$edgeAgent' })],
    removedModuleIds: [],
  });

  const updating = whileDeviceChanges(
    hub,
    () => stores.identities.update(hub, { deviceId: 'd1', moduleId: undefined }, 50, toEdge),
    () => stores.hubs.markDeleting(hub),
  );

  await expect(updating).rejects.toMatchObject({ code: 'IotHubNotFound' });
});
