/**
 * The first step of every npm command, in plain JavaScript, for on a bare clone nothing else runs
 * yet: looks at the version of Node, installs the node packages when the lock file has changed,
 * compiles what has changed, and hands over to the runner (deploy/local). An old Node must be able to
 * read this file, or it could not say that it is too old: no `await` outside of functions.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const repository = fileURLToPath(new URL('../', import.meta.url));
const runner = `${repository}deploy/local/dist/main.js`;
const lockFile = `${repository}pnpm-lock.yaml`;
const stampFile = `${repository}node_modules/.linchpin-lock`;

/** What a command needs compiled: the benchmark's load generator runs from its own folder, too. */
const projects = ['tsconfig.build.json', ...(process.argv[2] === 'bench' ? ['test-e2e'] : [])];

/** They look at what runs, or end it: what was compiled when it was started will do. */
const commandsWithoutBuild = ['stop', 'status', 'reset'];

/** The benchmark's standard output is its result alone. */
const say = process.argv[2] === 'bench' ? console.error : console.log;

function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}

function readPackage() {
  return JSON.parse(readFileSync(`${repository}package.json`, 'utf8'));
}

/** Compares `20.19` with `v20.20.2` by numbers. */
function isOlder(version, wanted) {
  const [major, minor] = version.replace('v', '').split('.').map(Number);
  const [wantedMajor, wantedMinor] = wanted.split('.').map(Number);
  return major < wantedMajor || (major === wantedMajor && minor < wantedMinor);
}

function requireNode() {
  const wanted = readPackage().engines.node.replace('>=', '');
  if (isOlder(process.version, wanted)) {
    fail(
      `Linchpin needs Node ${wanted} or later, and this is ${process.version}. ` +
        'Install a newer Node (nodejs.org, or "nvm install").',
    );
  }
}

/** Runs a program to its end; what it prints is shown only when it fails. */
async function run(command, args) {
  const child = spawn(command, args, {
    cwd: repository,
    // Without a terminal pnpm would ask whether it may replace packages, and wait.
    env: { ...process.env, CI: 'true' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const keep = (chunk) => {
    output += chunk;
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ code: 127, output: error.message }));
    child.once('close', (code) => resolve({ code, output: output.trim() }));
  });
}

async function installPackages() {
  const digest = createHash('sha256').update(readFileSync(lockFile)).digest('hex');
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === digest) {
    return;
  }
  const pnpm = readPackage().packageManager;
  say(`linchpin   | installing node packages with ${pnpm} …`);
  // npx runs the very version that package.json asks for; pnpm need not look for itself, which it
  // cannot do with a frozen lock file that does not name it.
  const install = [pnpm, '--config.pm-on-fail=ignore', 'install', '--frozen-lockfile'];
  const { code, output } = await run('npx', ['--yes', ...install]);
  if (code !== 0) {
    fail(
      `${output.split('\n').slice(-15).join('\n')}\n` +
        `The node packages could not be installed. See what "npx ${install.join(' ')}" says; ` +
        'it needs the npm registry and some 500 MB of disk.',
    );
  }
  writeFileSync(stampFile, digest);
}

async function build() {
  const isFirst = !existsSync(runner);
  if (isFirst) {
    say('linchpin   | compiling …');
  }
  const compiler = `${repository}node_modules/typescript-native/bin/tsc`;
  const { code, output } = await run(process.execPath, [compiler, '-b', ...projects]);
  if (code !== 0) {
    fail(`${output}\nThe sources do not compile. Correct what the compiler says.`);
  }
}

async function main() {
  requireNode();
  if (!commandsWithoutBuild.includes(process.argv[2]) || !existsSync(runner)) {
    await installPackages();
    await build();
  }
  await import(runner);
}

void main();
