import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { installPackages, installScript } from './packages.js';

/** A folder that stands for the root of a machine. */
let root: string;
let policy: string;
let cluster: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'linchpin-packages-'));
  policy = join(root, 'usr/sbin/policy-rc.d');
  cluster = join(root, 'etc/postgresql-common/createcluster.d/linchpin.conf');
  mkdirSync(join(root, 'usr/sbin'), { recursive: true });
  addProgram('apt-cache', '[ "$2" = openjdk-17-jre-headless ]');
});

afterEach(() => {
  rmSync(root, { recursive: true });
});

function addProgram(name: string, script: string): void {
  const file = join(root, name);
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
}

function install(...packages: readonly string[]): { status: number | null; lines: string[] } {
  const script = installScript
    .replaceAll('=/usr/sbin/', `=${root}/usr/sbin/`)
    .replaceAll('=/etc/', `=${root}/etc/`);
  const { status, stdout } = spawnSync('sh', ['-euc', script, 'sh', ...packages], {
    env: { PATH: `${root}:/usr/bin:/bin` },
  });
  return { status, lines: stdout.toString().trim().split('\n') };
}

test('no daemon starts and no cluster is made while packages are installed', () => {
  addProgram('apt-get', `echo "$@"; "${policy}" || echo "policy $?"; cat "${cluster}"`);

  const { status, lines } = install('redis-server', 'java-runtime', 'maven');

  expect(status).toBe(0);
  expect(lines).toEqual([
    '-o DPkg::Lock::Timeout=120 update -q',
    'policy 101',
    'create_main_cluster = false',
    '-o DPkg::Lock::Timeout=120 install -q -y --no-install-recommends redis-server openjdk-17-jre-headless maven',
    'policy 101',
    'create_main_cluster = false',
  ]);
  expect(existsSync(policy)).toBe(false);
  expect(existsSync(cluster)).toBe(false);
});

test('a release without that Java gets its own', () => {
  addProgram('apt-get', 'echo "$@"');
  addProgram('apt-cache', 'exit 100');

  expect(install('java-runtime').lines.at(-1)).toMatch(/ default-jre-headless$/);
});

test("the administrator's own policy stays as it is", () => {
  addProgram('apt-get', 'exit 0');
  writeFileSync(policy, '# mine\n');

  expect(install('haproxy').status).toBe(0);
  expect(readFileSync(policy, 'utf8')).toBe('# mine\n');
});

test('a failed installation leaves no guard behind', () => {
  addProgram('apt-get', 'case "$*" in *update*) exit 0;; esac; exit 100');

  expect(install('haproxy').status).toBe(100);
  expect(existsSync(policy)).toBe(false);
  expect(existsSync(cluster)).toBe(false);
});

const silent = { say: () => undefined, log: () => undefined };

test('without root, the sentence names the packages and the command', async () => {
  addProgram('apt-get', 'exit 0');
  const asNobody = (): Promise<undefined> => Promise.resolve(undefined);

  await expect(
    installPackages(['redis-server', 'java-runtime', 'maven'], { PATH: root }, silent, asNobody),
  ).rejects.toMatchObject({
    message:
      'This machine lacks redis-server, openjdk-17-jre-headless and maven, and installing packages needs root.',
    remedy:
      'Run as root: apt-get update && apt-get install --no-install-recommends redis-server openjdk-17-jre-headless maven (or set JAVA_HOME to a Java from 17 on)',
  });
});

test('without root, the command names a Java that the release has', async () => {
  addProgram('apt-get', 'exit 0');
  addProgram('apt-cache', 'exit 100');

  await expect(
    installPackages(['java-runtime'], { PATH: root }, silent, () => Promise.resolve(undefined)),
  ).rejects.toThrow('This machine lacks default-jre-headless, and installing packages needs root.');
});

test('with nothing to install, nobody is asked for anything', async () => {
  await installPackages([], {}, silent, () => Promise.reject(new Error('asked')));
});
