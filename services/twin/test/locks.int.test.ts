/** Changes of twins beside the end of their identities and hubs, each brought to the same moment by a lock. */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { somebodyWaits } from '@linchpin/testing/postgres';
import { sql } from 'kysely';
import { PostgresHubCopies } from '../src/postgres/postgres-hub-copies.js';
import {
  createTestDeployment,
  type TestDeployment,
  type TestSubject,
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

const identitiesOf = ({ hubGeneration }: TestSubject) =>
  deployment.database.db.selectFrom('identities').where('hub_generation', '=', hubGeneration);

test('a change waits for the end of its twin, which does not wait for the change', async () => {
  const device = deployment.newDevice();
  const { database } = deployment;
  await twin.update(device, { tagsJson: '{"of":"the former"}' });

  let update: Promise<unknown> = Promise.resolve();
  await database.db.transaction().execute(async (transaction) => {
    // As a deletion begins, before it goes on to the rows that go along.
    await sql`select from identities where hub_generation = ${device.hubGeneration} for update`.execute(
      transaction,
    );
    update = twin.update(device, { desiredJson: '{"a":1}' });
    await somebodyWaits(database);
    await transaction
      .deleteFrom('identities')
      .where('hub_generation', '=', device.hubGeneration)
      .execute();
  });

  expect(await update).toMatchObject({ tags: {}, properties: { desired: { a: 1 } } });
});

test('two processes that remove what is left of hubs wait for no row of each other', async () => {
  const [first, second] = [deployment.newDevice(), deployment.newDevice()];
  const { db } = deployment.database;
  await twin.get(first);
  await twin.get(second);
  const hubs = new PostgresHubCopies(db);

  await db.transaction().execute(async (transaction) => {
    // As another process that removes the first at this moment.
    await sql`select from identities where hub_generation = ${first.hubGeneration} for update`.execute(
      transaction,
    );
    await hubs.markDeleted(first.hubGeneration);
    await hubs.markDeleted(second.hubGeneration);
    expect(await hubs.removeSomeOfDeleted()).toBe(false);
    expect(await identitiesOf(second).selectAll().execute()).toEqual([]);
    expect(await identitiesOf(first).selectAll().execute()).toHaveLength(1);
  });
});
