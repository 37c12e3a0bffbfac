/** The engines for real, in a folder of their own and on ports of their own. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { BlobAccount } from '@linchpin/testing';
import pg from 'pg';
import { readConfig, type LocalConfig } from '../src/config.js';
import { Hub, type HubAddresses } from '../src/hub.js';
import { findRunning, type ProcessRecord } from '../src/supervisor/run-file.js';
import { processesOf } from './support/left-processes.js';

/** The first start on a machine fetches Kafka. */
const startTimeoutMs = 300_000;

let parent: string;
let config: LocalConfig;
let hub: Hub;
let addresses: HubAddresses;
const said: string[] = [];

beforeAll(async () => {
  // Its mode is 0700: as root, PostgreSQL's account cannot pass and the user namespace is used.
  parent = mkdtempSync(join(tmpdir(), 'linchpin-engines-'));
  config = testConfig(join(parent, 'state'));
  hub = startable(config);
  addresses = await hub.start();
}, startTimeoutMs);

afterAll(async () => {
  await hub.stop();
  rmSync(parent, { recursive: true });
}, startTimeoutMs);

function testConfig(stateDir: string): LocalConfig {
  const { PATH, HOME, JAVA_HOME } = process.env;
  const variables = { LINCHPIN_STATE_DIR: stateDir, LINCHPIN_PORT_OFFSET: '4000' };
  return readConfig({ PATH, HOME, JAVA_HOME, ...variables });
}

function startable(of: LocalConfig): Hub {
  const reporter = { say: (text: string) => said.push(text), log: () => undefined };
  return new Hub(of, { gateways: 1, enginesOnly: true, limits: 'unlimited' }, reporter);
}

function find(name: string): ProcessRecord {
  const record = findRunning(join(config.stateDir, 'run.json'));
  return record!.processes.find((process) => process.name === name)!;
}

async function untilRestarted(name: string, before: number): Promise<void> {
  while (!(find(name).healthy && find(name).restarts > before)) {
    await delay(50);
  }
}

async function query(sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: addresses.engines.postgresUrl });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

test('PostgreSQL wants its password, and nobody reaches it without', async () => {
  const stranger = addresses.engines.postgresUrl.replace(/:[^:@]+@/, ':wrong@');
  const client = new pg.Client({ connectionString: stranger });

  await expect(client.connect()).rejects.toThrow('password authentication failed');
  await expect(query('show fsync')).resolves.toEqual([{ fsync: 'on' }]);
});

test('a second start of the same hub says that one runs', async () => {
  await expect(startable(config).start()).rejects.toMatchObject({
    message: expect.stringContaining(`A hub is running already in ${config.stateDir} (pid `),
    remedy:
      `Look at it with "LINCHPIN_STATE_DIR=${config.stateDir} npm run status", ` +
      `or end it with "LINCHPIN_STATE_DIR=${config.stateDir} npm stop".`,
  });
  expect(find('kafka').healthy).toBe(true);
});

test('a hub beside it that wants the same ports is told who has them', async () => {
  await expect(startable(testConfig(join(parent, 'other'))).start()).rejects.toMatchObject({
    message: expect.stringMatching(
      new RegExp(
        `127\\.0\\.0\\.1:19432 is in use by postgres \\(pid ${find('postgres').identity!.pid}\\)`,
      ),
    ),
    remedy: expect.stringMatching(/^Stop what holds them, or set LINCHPIN_POSTGRES_PORT, /),
  });
});

function blobs(key?: string): BlobAccount {
  const { endpoint, account, key: own } = addresses.engines.blob;
  const authority = readFileSync(join(config.stateDir, 'tls', 'ca.crt'), 'utf8');
  return new BlobAccount(
    `AccountName=${account};AccountKey=${key ?? own};BlobEndpoint=${endpoint}`,
    authority,
  );
}

test('Azurite serves nobody without the key of its account', async () => {
  const stranger = blobs(Buffer.alloc(64, 1).toString('base64'));

  await expect(stranger.createContainer()).rejects.toThrow('the blob store answered 403');
});

test.each(['postgres', 'redis', 'kafka', 'azurite'])(
  '%s is started again after kill -9, and reported',
  async (name) => {
    const { identity, restarts } = find(name);

    process.kill(identity!.pid, 'SIGKILL');
    await untilRestarted(name, restarts);

    expect(find(name).identity!.pid).not.toBe(identity!.pid);
    expect(said.join('\n')).toContain(
      `${name} was ended by SIGKILL and is started again in 0.25 s`,
    );
  },
  60_000,
);

test('what PostgreSQL acknowledged outlives its kill', async () => {
  await query('create table kept (value int); insert into kept values (42)');
  const { identity, restarts } = find('postgres');

  process.kill(identity!.pid, 'SIGKILL');
  await untilRestarted('postgres', restarts);

  await expect(query('select value from kept')).resolves.toEqual([{ value: 42 }]);
}, 60_000);

test('Kafka that hangs is reported and left alone', async () => {
  const { identity, restarts } = find('kafka');

  process.kill(identity!.pid, 'SIGSTOP');
  while (find('kafka').healthy) {
    await delay(50);
  }
  process.kill(identity!.pid, 'SIGCONT');
  while (!find('kafka').healthy) {
    await delay(50);
  }

  expect(find('kafka')).toMatchObject({ identity, restarts });
}, 60_000);

test(
  'stop leaves nothing behind, and the next start finds everything again',
  async () => {
    expect(processesOf(config.stateDir).length).toBeGreaterThan(4);
    const container = await blobs().createContainer();
    await blobs().write(container, 'kept.txt', 'kept');

    await hub.stop();
    expect(processesOf(config.stateDir)).toEqual([]);

    hub = startable(config);
    addresses = await hub.start();
    await expect(query('select value from kept')).resolves.toEqual([{ value: 42 }]);
    await expect(blobs().read(container, 'kept.txt')).resolves.toBe('kept');
  },
  startTimeoutMs,
);
