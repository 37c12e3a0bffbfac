/** Where the programs of the engines are on this machine, and of which version. */
import {
  accessSync,
  constants,
  existsSync,
  readFileSync,
  readdirSync,
  realpathSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { Environment } from '../environment.js';

export interface PostgresPrograms {
  readonly major: number;
  readonly binDir: string;
}

/** The oldest Java that a Kafka 4 broker runs on. */
const javaMajorMin = 17;

const debianPostgresDir = '/usr/lib/postgresql';
const debianJavaDir = '/usr/lib/jvm';

/** Debian keeps administration programs where a user's PATH does not look. */
const systemFolders = [
  '/usr/local/sbin',
  '/usr/local/bin',
  '/usr/sbin',
  '/usr/bin',
  '/sbin',
  '/bin',
];

export function findProgram(name: string, env: Environment): string | undefined {
  const folders = [
    ...(env['PATH'] ?? '').split(':').filter((folder) => folder !== ''),
    ...systemFolders,
  ];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

/** Every PostgreSQL server on the machine, the newest first. */
export function findPostgres(folder = debianPostgresDir): readonly PostgresPrograms[] {
  return listFolder(folder)
    .filter((name) => /^\d+$/.test(name))
    .map((name) => ({ major: Number(name), binDir: join(folder, name, 'bin') }))
    .filter(({ binDir }) => isExecutable(join(binDir, 'postgres')))
    .sort((one, other) => other.major - one.major);
}

/** The first Java that is new enough: JAVA_HOME, then PATH, then what Debian has installed. */
export function findJava(env: Environment, folder = debianJavaDir): string | undefined {
  const home = env['JAVA_HOME'];
  const candidates = [
    home === undefined ? undefined : join(home, 'bin', 'java'),
    findProgram('java', env),
    ...listFolder(folder).map((name) => join(folder, name, 'bin', 'java')),
  ];
  return candidates
    .filter((candidate) => candidate !== undefined)
    .find((candidate) => isExecutable(candidate) && javaMajor(candidate) >= javaMajorMin);
}

/** The major version by the `release` file that every JDK and JRE since 9 has; 0 without one. */
function javaMajor(java: string): number {
  const release = join(dirname(dirname(realpathSync(java))), 'release');
  const text = existsSync(release) ? readFileSync(release, 'utf8') : '';
  return Number(/^JAVA_VERSION="(\d+)/m.exec(text)?.[1] ?? 0);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function listFolder(folder: string): readonly string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}
