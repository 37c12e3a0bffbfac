import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals';
import { CuttableProxy, testEngines } from '@linchpin/testing';
import type { HubError } from '@linchpin/wire';
import { sql } from 'kysely';
import { eventually } from './eventually.js';
import { createHub, definition, sasKeys, withToken, type ActiveHub } from './requests.js';
import {
  createTestDeployment,
  type TestDeployment,
  type TestRegistry,
} from './start-test-registry.js';

jest.setTimeout(60_000);

const keys = sasKeys(1);
let deployment: TestDeployment;
let proxy: CuttableProxy;
let registry: TestRegistry;
let hub: ActiveHub;

beforeAll(async () => {
  deployment = await createTestDeployment();
  const url = new URL(testEngines().postgresUrl);
  proxy = await CuttableProxy.open({ host: url.hostname, port: Number(url.port) });
  url.hostname = '127.0.0.1';
  url.port = String(proxy.port);
  const { schema } = deployment.database;
  registry = await deployment.start({ postgres: { url: url.href, schema } });
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
  await eventually(async () => {
    const { waiting } = await deployment.database.db
      .selectFrom('outbox')
      .select(({ fn }) => fn.countAll<string>().as('waiting'))
      .executeTakeFirstOrThrow();
    expect(waiting).toBe('0');
  }, 20_000);
}

const codeOf = (error: unknown) => (error as HubError).code;

interface Outcome {
  calls: number;
  readonly failures: Set<string>;
  /** The indexes of the calls that were answered. */
  readonly answered: number[];
}

const callers: (() => Promise<Outcome>)[] = [];

afterEach(() => Promise.all(callers.splice(0).map((stop) => stop())));

/** Calls without a pause until it is stopped, at the end of the test at the latest. */
function keepCalling(call: (index: number) => Promise<unknown>): () => Promise<Outcome> {
  const outcome: Outcome = { calls: 0, failures: new Set(), answered: [] };
  let isRunning = true;
  const run = async (): Promise<void> => {
    while (isRunning) {
      const index = outcome.calls++;
      await call(index).then(
        () => outcome.answered.push(index),
        (error: unknown) => outcome.failures.add(codeOf(error)),
      );
    }
  };
  const done = Promise.all(Array.from({ length: 8 }, run));
  const stop = async (): Promise<Outcome> => {
    isRunning = false;
    await done;
    return outcome;
  };
  callers.push(stop);
  return stop;
}

test('while PostgreSQL is away callers are told to try again, and nothing that was answered is lost or untold', async () => {
  const stopAuthenticating = keepCalling(authenticate);
  const stopCreating = keepCalling((index) =>
    registry.identities.createIdentity({
      hub: hub.name,
      definition: definition({ deviceId: `n${index}` }),
    }),
  );
  await delay(300);
  await proxy.cut();
  await delay(1_000);
  const ready = await fetch(`${registry.probeUrl}/healthz/ready`);
  expect(await ready.json()).toMatchObject({
    status: 'not ready',
    checks: { postgres: expect.not.stringMatching('ok'), kafka: 'ok' },
  });
  const { hub: none } = await registry.hubs.getHub({ name: hub.name }).catch((error: unknown) => ({
    hub: codeOf(error),
  }));
  expect(none).toBe('ServiceUnavailable');
  await proxy.mend();
  await eventually(async () => {
    await authenticate();
  });
  await delay(300);

  const authentications = await stopAuthenticating();
  const creations = await stopCreating();
  expect([...authentications.failures]).toEqual(['ServiceUnavailable']);
  expect([...creations.failures]).toEqual(['ServiceUnavailable']);
  const rows = await deployment.database.db
    .selectFrom('identities')
    .select('device_id')
    .where('device_id', 'like', 'n%')
    .execute();
  const stored = new Set(rows.map(({ device_id }) => device_id));
  expect(creations.answered.filter((index) => !stored.has(`n${index}`))).toEqual([]);
  expect(creations.answered.length).toBeGreaterThan(10);
  expect((await fetch(`${registry.probeUrl}/healthz/ready`)).status).toBe(200);
  await allIsTold();
});

test('a server that is lost without a word is given up, and what changes is told all the same', async () => {
  proxy.lose();
  await eventually(async () => {
    await registry.identities.createIdentity({
      hub: hub.name,
      definition: definition({ deviceId: 'after-the-loss' }),
    });
  }, 20_000);
  await allIsTold();
});

test('a server that ends its sessions is come back to at once', async () => {
  const stop = keepCalling(authenticate);
  await delay(100);
  const ended = await sql`select pg_terminate_backend(pid) from pg_stat_activity
            where application_name like ${`linchpin-${deployment.database.schema}%`}
              and pid <> pg_backend_pid()`.execute(deployment.database.db);
  expect(ended.rows.length).toBeGreaterThan(0);
  await delay(300);
  const { failures } = await stop();
  expect([...failures].filter((code) => code !== 'ServiceUnavailable')).toEqual([]);
  await authenticate();
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
    await delay(200);
    stopped = other.stop();
    await delay(200);
  });
  expect(await call).toMatchObject({ identity: { deviceId: 'last' } });
  await stopped;
  await expect(other.hubs.getHub({ name: hub.name })).rejects.toThrow();
});
