/** PostgreSQL as the hub runs it: a cluster of its own, made on first start, password required. */
import {
  existsSync,
  lchownSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import type { Reporter } from '../console/reporter.js';
import {
  choosePostgresAccount,
  giveFolder,
  type PostgresAccount,
} from '../machine/postgres-account.js';
import type { PostgresPrograms } from '../machine/programs.js';
import { lastLines, runCommand } from '../machine/run-command.js';
import { replaceFile } from '../replace-file.js';
import { RunnerError } from '../runner-error.js';
import { findRemedy } from '../supervisor/explain-exit.js';
import type { Probe, ProcessStep } from '../supervisor/plan.js';
import { formatPostgresAccess, formatPostgresConfig } from './postgres-config.js';

interface PostgresOptions {
  /** The engine's own folder inside the state folder. */
  readonly folder: string;
  readonly port: number;
  readonly password: string;
  readonly programs: readonly PostgresPrograms[];
  readonly environment: Readonly<Record<string, string>>;
  readonly reporter: Reporter;
}

/** Both the superuser and the database are called so. */
const databaseName = 'linchpin';

/** A fast shutdown writes a checkpoint; that takes long only on a very slow disk. */
const stopTimeoutMs = 30_000;

export function postgresUrl(port: number, password: string): string {
  return `postgres://${databaseName}:${password}@127.0.0.1:${port}/${databaseName}`;
}

/** Makes the cluster if there is none, writes its configuration and says how to run it. */
export async function preparePostgres(options: PostgresOptions): Promise<ProcessStep> {
  const { folder, port } = options;
  const data = join(folder, 'data');
  const { binDir } = choosePrograms(options.programs, data);
  mkdirSync(folder, { recursive: true, mode: 0o750 });
  const account = await choosePostgresAccount(join(folder, '..'));
  giveFolder(folder, account);
  if (!existsSync(join(data, 'PG_VERSION'))) {
    await createCluster(options, account, binDir);
  }
  removeStaleLock(data);
  const accessFile = join(folder, 'pg_hba.conf');
  const configFile = join(folder, 'postgresql.conf');
  replaceFile(accessFile, formatPostgresAccess(), 0o644);
  replaceFile(configFile, formatPostgresConfig({ port, accessFile }), 0o644);
  return {
    kind: 'engine',
    name: 'postgres',
    label: `PostgreSQL on 127.0.0.1:${port}`,
    needs: [],
    uses: [],
    launch: {
      prefix: account.prefix,
      command: [join(binDir, 'postgres'), '-D', data, '-c', `config_file=${configFile}`],
      env: options.environment,
      cwd: '/',
    },
    port,
    isReady: postgresProbe(postgresUrl(port, options.password)),
    // "Fast": ends sessions and writes a checkpoint. SIGTERM would wait for every client.
    stopSignal: 'SIGINT',
    stopTimeoutMs,
  };
}

/** A cluster is served only by the major version that made it. */
export function choosePrograms(
  programs: readonly PostgresPrograms[],
  data: string,
): PostgresPrograms {
  const versionFile = join(data, 'PG_VERSION');
  const [newest] = programs;
  if (newest === undefined) {
    throw new RunnerError('This machine has no PostgreSQL server.', 'Install "postgresql".');
  }
  if (!existsSync(versionFile)) {
    return newest;
  }
  const made = Number(readFileSync(versionFile, 'utf8'));
  const fitting = programs.find(({ major }) => major === made);
  if (fitting === undefined) {
    const present = programs.map(({ major }) => major).join(', ');
    throw new RunnerError(
      `The database in ${data} was made by PostgreSQL ${made}, and this machine has ${present}.`,
      `Install postgresql-${made}, or run "npm run reset" to begin anew (all devices in it are lost).`,
    );
  }
  return fitting;
}

/** Takes the password and answers; makes the hub's database when the cluster is a new one. */
function postgresProbe(url: string): Probe {
  return async () => {
    try {
      await runSql(url, 'select 1');
    } catch (error) {
      if ((error as { code?: unknown }).code !== unknownDatabase) {
        throw error;
      }
      await runSql(postgresDatabase(url), `create database ${databaseName}`);
    }
  };
}

/** SQLSTATE invalid_catalog_name. */
const unknownDatabase = '3D000';

/** The same server's maintenance database, which every cluster has. */
function postgresDatabase(url: string): string {
  return new URL('/postgres', url).href;
}

async function runSql(connectionString: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 1_000 });
  // The server may end the connection after the answer; nobody waits for that.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/** Made beside its place and moved there whole, so that a broken attempt is never taken for one. */
async function createCluster(
  options: PostgresOptions,
  account: PostgresAccount,
  binDir: string,
): Promise<void> {
  const { folder, password, reporter, environment } = options;
  const draft = join(folder, 'data.new');
  reporter.say('making a PostgreSQL cluster …');
  rmSync(draft, { recursive: true, force: true });
  const passwordFile = join(folder, 'initial-password');
  writeFileSync(passwordFile, password, { mode: 0o600 });
  lchownSync(passwordFile, account.uid, account.gid);
  const initdb = [
    join(binDir, 'initdb'),
    `--pgdata=${draft}`,
    `--username=${databaseName}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C.UTF-8',
    '--data-checksums',
    '--no-instructions',
  ];
  const { code, output } = await runCommand([...account.prefix, ...initdb], {
    env: environment,
    cwd: '/',
  });
  rmSync(passwordFile);
  if (code !== 0) {
    throw new RunnerError(
      `PostgreSQL could not make its cluster:\n${lastLines(output, 5)}\n`,
      findRemedy([output]) ?? 'Put right what it says and start again.',
    );
  }
  renameSync(draft, join(folder, 'data'));
}

/**
 * After a power cut the lock names a pid that may belong to anything by now, and the server would
 * wait for it. No server of ours runs when this is called, so only a living postgres keeps it.
 */
function removeStaleLock(data: string): void {
  const lock = join(data, 'postmaster.pid');
  if (existsSync(lock)) {
    const [pid = ''] = readFileSync(lock, 'utf8').split('\n');
    const name = `/proc/${pid}/comm`;
    if (!existsSync(name) || readFileSync(name, 'utf8').trim() !== 'postgres') {
      rmSync(lock);
    }
  }
}
