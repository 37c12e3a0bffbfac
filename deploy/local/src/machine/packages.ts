/**
 * Brings what is missing from Debian. Its packages start a daemon and PostgreSQL's makes a cluster
 * as they are installed; both are held back while the script runs, and daemons that were there are
 * never touched.
 */
import type { Environment } from '../environment.js';
import { RunnerError } from '../runner-error.js';
import type { Reporter } from '../console/reporter.js';
import { findProgram } from './programs.js';
import { lastLines, runCommand } from './run-command.js';

/**
 * Runs as root with the package names as arguments. An existing policy-rc.d is the
 * administrator's word and stays; ours forbids every start (invoke-rc.d's exit code 101) and goes
 * with the script, however that ends.
 */
export const installScript = `
policy=/usr/sbin/policy-rc.d
cluster=/etc/postgresql-common/createcluster.d/linchpin.conf
made_policy=no
made_cluster=no
restore() {
  if [ "$made_policy" = yes ]; then rm -f "$policy"; fi
  if [ "$made_cluster" = yes ]; then rm -f "$cluster"; fi
}
trap restore EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
if [ ! -e "$policy" ]; then
  made_policy=yes
  printf '#!/bin/sh\\n# Put here while Linchpin installs packages; no daemon starts meanwhile.\\nexit 101\\n' > "$policy"
  chmod 755 "$policy"
fi
if [ ! -e "$cluster" ]; then
  made_cluster=yes
  mkdir -p "\${cluster%/*}"
  printf 'create_main_cluster = false\\n' > "$cluster"
fi
export DEBIAN_FRONTEND=noninteractive
wait_for_lock='-o DPkg::Lock::Timeout=120'
apt-get $wait_for_lock update -q
for package; do
  shift
  if [ "$package" = java-runtime ]; then
    package=default-jre-headless
    if apt-cache show openjdk-17-jre-headless > /dev/null 2>&1; then package=openjdk-17-jre-headless; fi
  fi
  set -- "$@" "$package"
done
apt-get $wait_for_lock install -q -y --no-install-recommends "$@"
`;

/** A package by Debian's name, or `java-runtime`: which one that is depends on the release. */
export type PackageName =
  'postgresql' | 'redis-server' | 'java-runtime' | 'maven' | 'haproxy' | 'kcat' | 'python3-venv';

/** Installs the packages, or says in one sentence which command would. */
export async function installPackages(
  packages: readonly PackageName[],
  env: Environment,
  reporter: Reporter,
  findRoot = findRootPrefix,
): Promise<void> {
  if (packages.length === 0) {
    return;
  }
  const names = await debianNames(packages, env);
  const byHand = `apt-get update && apt-get install --no-install-recommends ${names.join(' ')}`;
  if (findProgram('apt-get', env) === undefined) {
    throw new RunnerError(
      `This machine lacks ${formatList(names)}, and it is no Debian that could be asked for them.`,
      'Install them by the means of this system (Java from 17 on).',
    );
  }
  const root = await findRoot(env);
  if (root === undefined) {
    throw new RunnerError(
      `This machine lacks ${formatList(names)}, and installing packages needs root.`,
      `Run as root: ${byHand}${packages.includes('java-runtime') ? ' (or set JAVA_HOME to a Java from 17 on)' : ''}`,
    );
  }
  reporter.say(`installing ${formatList(names)} with apt-get …`);
  const { code, output } = await runCommand([
    ...root,
    'sh',
    '-euc',
    installScript,
    'sh',
    ...packages,
  ]);
  if (code !== 0) {
    throw new RunnerError(
      `apt-get could not install ${formatList(names)}:\n${lastLines(output, 8)}\n`,
      `See what it says by running as root: ${byHand}`,
    );
  }
}

/** As the script chooses, by what the lists of packages say before they are brought up to date. */
async function debianNames(
  packages: readonly PackageName[],
  env: Environment,
): Promise<readonly string[]> {
  const ask = [findProgram('apt-cache', env) ?? 'false', 'show', 'openjdk-17-jre-headless'];
  const java =
    packages.includes('java-runtime') && (await runCommand(ask)).code === 0
      ? 'openjdk-17-jre-headless'
      : 'default-jre-headless';
  return packages.map((name) => (name === 'java-runtime' ? java : name));
}

/** What to put before a command so that it runs as root; nothing when that is not to be had. */
async function findRootPrefix(env: Environment): Promise<readonly string[] | undefined> {
  if (process.getuid?.() === 0) {
    return [];
  }
  const sudo = findProgram('sudo', env);
  if (sudo === undefined) {
    return undefined;
  }
  const { code } = await runCommand([sudo, '-n', 'true']);
  return code === 0 ? [sudo, '-n'] : undefined;
}

function formatList(names: readonly string[]): string {
  const [last] = names.slice(-1);
  return names.length < 2 ? String(last) : `${names.slice(0, -1).join(', ')} and ${String(last)}`;
}
