/**
 * The folder that holds all state of one hub: what lies where, and whether this version of the
 * runner may touch it. Its `version` file is also what tells a state folder from any other folder,
 * so that `npm run reset` can never empty a wrong one.
 */
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { quoteWhereNeeded } from './quote-for-shell.js';
import { replaceFile } from './replace-file.js';
import { RunnerError } from './runner-error.js';

/** Raised when a newer runner could not go on with what an older one left. */
export const layoutVersion = 1;

/** The sources of all packages, and where relative folders lie. */
export const repositoryDir = fileURLToPath(new URL('../../../', import.meta.url));

/** Unless LINCHPIN_STATE_DIR says otherwise. */
export const standardStateDir = join(repositoryDir, '.linchpin');

export interface StatePaths {
  readonly root: string;
  readonly version: string;
  readonly runFile: string;
  readonly connectionFile: string;
  readonly enginesFile: string;
  readonly secrets: string;
  readonly tls: string;
  readonly logs: string;
  readonly postgres: string;
  readonly redis: string;
  readonly kafka: string;
  readonly blob: string;
  readonly loadBalancer: string;
}

export function statePaths(stateDir: string): StatePaths {
  return {
    root: stateDir,
    version: join(stateDir, 'version'),
    runFile: join(stateDir, 'run.json'),
    connectionFile: join(stateDir, 'connection.env'),
    enginesFile: join(stateDir, 'engines.env'),
    secrets: join(stateDir, 'secrets'),
    tls: join(stateDir, 'tls'),
    logs: join(stateDir, 'logs'),
    postgres: join(stateDir, 'postgres'),
    redis: join(stateDir, 'redis'),
    kafka: join(stateDir, 'kafka'),
    blob: join(stateDir, 'blob'),
    loadBalancer: join(stateDir, 'load-balancer'),
  };
}

/**
 * Makes the folder when it is not there, and refuses one that another version or owner made.
 *
 * @param uid the account that runs this
 */
export function openStateFolder(stateDir: string, uid = process.getuid?.()): StatePaths {
  const paths = statePaths(stateDir);
  checkStateFolder(paths);
  checkOwner(paths.root, uid);
  makeFolder(paths.root);
  // PostgreSQL runs under another account and must be able to pass through.
  chmodSync(paths.root, 0o711);
  mkdirSync(paths.secrets, { recursive: true, mode: 0o700 });
  mkdirSync(paths.tls, { recursive: true });
  const { logs, redis, kafka, blob, loadBalancer } = paths;
  for (const folder of [logs, redis, kafka, blob, loadBalancer]) {
    mkdirSync(folder, { recursive: true, mode: 0o750 });
  }
  if (!existsSync(paths.version)) {
    markStateFolder(paths);
  }
  return paths;
}

/** Makes the folder one of this version of the runner. */
export function markStateFolder(paths: StatePaths): void {
  replaceFile(paths.version, `linchpin ${layoutVersion}\n`, 0o644);
}

/** Node's own way to make parents as well tries for ever where a file system makes none, as /proc. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) {
    return;
  }
  makeFolder(dirname(folder));
  try {
    mkdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
      throw error;
    }
    throw new RunnerError(
      `${dirname(folder)} can hold no folders.`,
      'Set LINCHPIN_STATE_DIR to a folder elsewhere.',
    );
  }
}

/** @throws RunnerError when the folder is in use by something else or was made by another layout version */
function checkStateFolder(paths: StatePaths): void {
  if (!existsSync(paths.version)) {
    const others = listFolder(paths.root).filter((name) => !isGuest(paths.root, name));
    if (others.length > 0) {
      throw new RunnerError(
        `${paths.root} is no state folder of Linchpin: it has no version file, but "${String(others[0])}".`,
        'Set LINCHPIN_STATE_DIR to an empty folder.',
      );
    }
    return;
  }
  const version = readVersion(paths);
  if (version < layoutVersion) {
    throw new RunnerError(
      `${paths.root} was made by an older version (layout ${version}, this is ${layoutVersion}).`,
      'Run "npm run reset" to begin anew (all devices and messages in it are lost), or go back to that version.',
    );
  }
  if (version > layoutVersion) {
    throw new RunnerError(
      `${paths.root} was made by a newer version (layout ${version}, this is ${layoutVersion}).`,
      'Upgrade this copy, or run "npm run reset" to begin anew (all devices and messages in it are lost).',
    );
  }
}

/** Whoever owns the folder could replace the secrets in it. */
function checkOwner(root: string, uid: number | undefined): void {
  if (existsSync(root) && uid !== undefined && statSync(root).uid !== uid) {
    throw new RunnerError(
      `${root} belongs to the account with the number ${statSync(root).uid}, and this one has ${uid}.`,
      'Give the command as the user who made it, or set LINCHPIN_STATE_DIR to another folder.',
    );
  }
}

/** @throws RunnerError unless the folder bears the mark of some version of the runner, or only guests */
export function requireStateFolder(paths: StatePaths): void {
  if (existsSync(paths.version)) {
    readVersion(paths);
  } else {
    checkStateFolder(paths);
  }
}

/** Whether a name in a state folder is that of something a hub keeps there, or of a draft of it. */
export function isEntryOfHub(name: string): boolean {
  return entriesOfHub.has(name.replace(/\.\d+\.(?:new|claim)$/, ''));
}

const entriesOfHub: ReadonlySet<string> = new Set(
  Object.values(statePaths('')).filter((path) => path !== ''),
);

/**
 * A command of the runner about the hub in that folder, as it is to be typed: a folder other than the
 * one that stands for itself must be named.
 */
export function runnerCommand(stateDir: string, command: string): string {
  return stateDir === standardStateDir
    ? command
    : `LINCHPIN_STATE_DIR=${quoteWhereNeeded(stateDir)} ${command}`;
}

/** What may lie in a folder that is no hub's yet: the folders of hubs, and the engines that all share. */
function isGuest(root: string, name: string): boolean {
  return name === 'engines' || existsSync(statePaths(join(root, name)).version);
}

function readVersion(paths: StatePaths): number {
  const text = readFileSync(paths.version, 'utf8');
  const match = /^linchpin (\d+)\s*$/.exec(text);
  if (match === null) {
    throw new RunnerError(
      `${paths.version} was not written by Linchpin.`,
      'Set LINCHPIN_STATE_DIR to an empty folder.',
    );
  }
  return Number(match[1]);
}

function listFolder(folder: string): readonly string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}
