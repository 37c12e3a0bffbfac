/** What the owner of one hub may do to the registry, and what those of others notice of it. */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { somebodyWaits } from '@linchpin/testing/postgres';
import { sql } from 'kysely';
import { createHub, definition, type ActiveHub } from './support/requests.js';
import {
  createTestDeployment,
  type TestDeployment,
  type TestRegistry,
} from './support/start-test-registry.js';

let deployment: TestDeployment;
let registry: TestRegistry;

/** Of the test's deployment, to PostgreSQL. */
const connectionsMax = 10;

jest.setTimeout(60_000);

beforeAll(async () => {
  deployment = await createTestDeployment();
  registry = await deployment.start();
});

afterAll(() => deployment.close());

/** Does the work while the statement holds its locks. */
async function whileLocked(lock: ReturnType<typeof sql>, work: () => Promise<void>): Promise<void> {
  await deployment.database.db.transaction().execute(async (transaction) => {
    await lock.execute(transaction);
    await work();
  });
}

async function msOf(work: Promise<unknown>): Promise<number> {
  const beganMs = performance.now();
  await work;
  return performance.now() - beganMs;
}

const update = ({ name }: ActiveHub, retentionDays: number) =>
  registry.hubs.updateHub({ name, hostNames: [], retentionDays });

test('changes of one hub that wait for its row leave connections to those of others', async () => {
  const [busy, other] = [await createHub(registry), await createHub(registry)];
  const create = { hub: other.name, definition: definition() };
  await registry.identities.createIdentity(create);
  const lock = sql`select 1 from hubs where name = ${busy.name} for update`;
  let changes: readonly Promise<unknown>[] = [];
  await whileLocked(lock, async () => {
    changes = Array.from({ length: 2 * connectionsMax }, () => update(busy, 1));
    await somebodyWaits(deployment.database);
    const get = registry.identities.getIdentity({ hub: other.name, deviceId: 'd1' });
    expect(await msOf(get)).toBeLessThan(1_000);
  });
  await Promise.all(changes);
});

test('topics of one hub that are to change leave turns to those of others', async () => {
  const [busy, other] = [await createHub(registry), await createHub(registry)];
  const turn = `${deployment.database.schema}/${busy.name.toLowerCase()}`;
  const lock = sql`select pg_advisory_xact_lock(hashtextextended(${turn}, 0))`;
  let changes: readonly Promise<unknown>[] = [];
  await whileLocked(lock, async () => {
    changes = [2, 3, 4, 5, 6, 7].map((days) => update(busy, days));
    await somebodyWaits(deployment.database);
    expect(await msOf(update(other, 2))).toBeLessThan(3_000);
  });
  await Promise.all(changes);
});
