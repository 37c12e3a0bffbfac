import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals';
import { CuttableProxy, eventually, eventuallyPasses, testEngines } from '@linchpin/testing';
import { somebodyWaits } from '@linchpin/testing/postgres';
import type { HubError } from '@linchpin/wire';
import { sql } from 'kysely';
import { createHub, definition, sasKeys, withToken, type ActiveHub } from './support/requests.js';
import {
  createTestDeployment,
  type TestDeployment,
  type TestRegistry,
} from './support/start-test-registry.js';

jest.setTimeout(60_000);

const keys = sasKeys(1);
let deployment: TestDeployment;
let proxy: CuttableProxy;
let registry: TestRegistry;
let hub: ActiveHub;

beforeAll(async () => {
  deployment = await createTestDeployment();
  const before = await CuttableProxy.before(testEngines().postgresUrl);
  ({ proxy } = before);
  const { schema } = deployment.database;
  registry = await deployment.start({ postgres: { url: before.url, schema } });
  hub = await createHub(registry);
  await registry.identities.createIdentity({
    hub: hub.name,
    definition: definition({ authentication: keys }),
  });
});

afterAll(async () => {
  await deployment.close();
  await proxy.cut();
});

const authenticate = () =>
  registry.identities.authenticateDevice(withToken(hub, 'd1', { key: keys.primaryKey }));

async function allIsTold(): Promise<void> {
  await eventuallyPasses(async () => {
    const { waiting } = await deployment.database.db
      .selectFrom('outbox')
      .select(({ fn }) => fn.countAll<string>().as('waiting'))
      .executeTakeFirstOrThrow();
    expect(waiting).toBe('0');
  }, 20_000);
}

const codeOf = (error: unknown) => (error as HubError).code;

interface Calls {
  made: number;
  readonly failures: string[];
  /** The indexes of the calls that were answered. */
  readonly answered: number[];
  /** Waits for those under way. */
  stop(): Promise<void>;
}

const callers: Calls[] = [];

afterEach(() => Promise.all(callers.splice(0).map((calls) => calls.stop())));

/** Calls without a pause until it is stopped, at the end of the test at the latest. */
function keepCalling(call: (index: number) => Promise<unknown>): Calls {
  let isRunning = true;
  const run = async (): Promise<void> => {
    while (isRunning) {
      const index = calls.made++;
      await call(index).then(
        () => calls.answered.push(index),
        (error: unknown) => calls.failures.push(codeOf(error)),
      );
    }
  };
  const stop = async (): Promise<void> => {
    isRunning = false;
    await done;
  };
  const calls: Calls = { made: 0, failures: [], answered: [], stop };
  const done = Promise.all(Array.from({ length: 8 }, run));
  callers.push(calls);
  return calls;
}

/** Resolves once so many more calls are answered. */
async function moreAnswered({ answered }: Calls, more = 50): Promise<void> {
  const enough = answered.length + more;
  await eventually(() => answered.length >= enough);
}

const readiness = () => fetch(`${registry.probeUrl}/healthz/ready`);

test('while PostgreSQL is away callers are told to try again, and nothing that was answered is lost or untold', async () => {
  const authentications = keepCalling(authenticate);
  const creations = keepCalling((index) =>
    registry.identities.createIdentity({
      hub: hub.name,
      definition: definition({ deviceId: `n${index}` }),
    }),
  );
  await Promise.all([moreAnswered(authentications), moreAnswered(creations)]);
  await proxy.cut();
  await eventuallyPasses(async () => {
    expect(await (await readiness()).json()).toMatchObject({
      status: 'not ready',
      checks: { postgres: expect.not.stringMatching('ok'), kafka: 'ok' },
    });
  });
  await expect(registry.hubs.getHub({ name: hub.name })).rejects.toMatchObject({
    code: 'ServiceUnavailable',
  });
  await proxy.mend();
  await Promise.all([moreAnswered(authentications), moreAnswered(creations)]);

  await Promise.all([authentications.stop(), creations.stop()]);
  expect([...new Set(authentications.failures)]).toEqual(['ServiceUnavailable']);
  expect([...new Set(creations.failures)]).toEqual(['ServiceUnavailable']);
  const rows = await deployment.database.db
    .selectFrom('identities')
    .select('device_id')
    .where('device_id', 'like', 'n%')
    .execute();
  const stored = new Set(rows.map(({ device_id }) => device_id));
  expect(creations.answered.filter((index) => !stored.has(`n${index}`))).toEqual([]);
  await eventuallyPasses(async () => {
    expect((await readiness()).status).toBe(200);
  });
  await allIsTold();
});

test('a server that is lost without a word is given up, and what changes is told all the same', async () => {
  proxy.lose();
  await eventuallyPasses(async () => {
    await registry.identities.createIdentity({
      hub: hub.name,
      definition: definition({ deviceId: 'after-the-loss' }),
    });
  }, 20_000);
  await allIsTold();
});

test('a server that ends its sessions fails one call for each at most, and the next is answered', async () => {
  const calls = keepCalling(authenticate);
  await moreAnswered(calls);
  const ended = await sql`select pg_terminate_backend(pid) from pg_stat_activity
            where application_name like ${`linchpin-${deployment.database.schema}%`}
              and pid <> pg_backend_pid()`.execute(deployment.database.db);
  expect(ended.rows.length).toBeGreaterThan(0);
  await moreAnswered(calls);
  await calls.stop();
  expect(calls.failures.filter((code) => code !== 'ServiceUnavailable')).toEqual([]);
  expect(calls.failures.length).toBeLessThanOrEqual(ended.rows.length);
});

test('a process that is told to stop answers what it was asked, and then nothing', async () => {
  const other = await deployment.start();
  const { db } = deployment.database;
  let call: Promise<unknown> = Promise.resolve();
  let stopped: Promise<void> = Promise.resolve();
  await db.transaction().execute(async (transaction) => {
    // Whoever creates a device waits for this row.
    await sql`select 1 from hubs where name = ${hub.name} for update`.execute(transaction);
    call = other.identities.createIdentity({
      hub: hub.name,
      definition: definition({ deviceId: 'last' }),
    });
    await somebodyWaits(deployment.database);
    stopped = other.stop();
    await eventually(async () => !(await fetch(`${other.probeUrl}/healthz/ready`)).ok);
  });
  expect(await call).toMatchObject({ identity: { deviceId: 'last' } });
  await stopped;
  await expect(other.hubs.getHub({ name: hub.name })).rejects.toThrow();
});
