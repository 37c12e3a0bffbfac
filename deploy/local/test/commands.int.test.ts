/** The commands as a person gives them, with the engines alone. Needs `npm run build` before it. */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { processesOf } from './support/left-processes.js';

const runner = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const timeoutMs = 300_000;

let stateDir: string;

beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), 'linchpin-commands-'));
});

afterEach(async () => {
  await run('stop');
  rmSync(stateDir, { recursive: true });
}, timeoutMs);

interface Result {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function launch(...words: readonly string[]) {
  const { PATH, HOME, JAVA_HOME } = process.env;
  const variables = { LINCHPIN_STATE_DIR: stateDir, LINCHPIN_PORT_OFFSET: '5000' };
  return spawn(process.execPath, [runner, ...words], {
    env: { PATH, HOME, JAVA_HOME, ...variables },
  });
}

async function run(...words: readonly string[]): Promise<Result> {
  const child = launch(...words);
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}

async function status(): Promise<{ code: number | null; state: string; supervisor: number }> {
  const { code, stdout } = await run('status', '--json');
  const table = await run('status');
  const pid = /\(pid (\d+)\)/.exec(table.stdout)?.[1];
  return {
    code,
    state: (JSON.parse(stdout) as { state: string }).state,
    supervisor: Number(pid),
  };
}

async function untilOnly(pid: number): Promise<void> {
  while (processesOf(stateDir).some((other) => other !== pid)) {
    await delay(50);
  }
}

async function untilNothingIsLeft(): Promise<void> {
  while (processesOf(stateDir).length > 0) {
    await delay(50);
  }
}

test(
  'start in the background, look, refuse to reset, stop, reset',
  async () => {
    const start = await run('start', '--engines-only', '--detach');
    expect(start).toMatchObject({ code: 0, stderr: '' });
    expect(start.stdout).toContain('waiting for PostgreSQL on 127.0.0.1:20432 …');
    expect(start.stdout).toContain('the engines are ready');
    expect(await status()).toMatchObject({ code: 0, state: 'running' });

    expect((await run('start', '--engines-only', '--detach')).stderr).toContain('running already');
    expect((await run('start', '--engines-only')).stderr).toContain('running already');
    expect((await run('reset')).stderr).toContain(
      `End it first with "LINCHPIN_STATE_DIR=${stateDir} npm stop"`,
    );

    expect(await run('stop')).toMatchObject({ code: 0 });
    expect(await status()).toMatchObject({ code: 3, state: 'stopped' });
    expect(processesOf(stateDir)).toEqual([]);

    expect(await run('reset')).toMatchObject({ code: 0 });
    expect(readdirSync(stateDir)).toEqual([]);
  },
  timeoutMs,
);

test(
  'in the foreground, SIGTERM and Ctrl-C end all',
  async () => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      const child = launch('start', '--engines-only');
      let output = '';
      child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
      while (!output.includes('the engines are ready')) {
        await delay(50);
      }

      child.kill(signal);
      const [code] = (await once(child, 'close')) as [number];

      expect(code).toBe(0);
      expect(output).toContain('stopping kafka …');
      expect(processesOf(stateDir)).toEqual([]);
    }
  },
  timeoutMs,
);

test(
  'what a killed runner started ends by itself, and the next stop says so',
  async () => {
    await run('start', '--engines-only', '--detach');
    const { supervisor } = await status();

    process.kill(supervisor, 'SIGKILL');
    await untilNothingIsLeft();

    expect(await status()).toMatchObject({ code: 3, state: 'stopped' });
    expect((await run('stop')).stdout).toContain('the hub had ended without a word');
  },
  timeoutMs,
);

test(
  'while something of a killed runner lives, status says so and how to end it',
  async () => {
    await run('start', '--engines-only', '--detach');
    const { supervisor } = await status();
    const report = JSON.parse((await run('status', '--json')).stdout) as {
      processes: readonly { name: string; pid: number }[];
    };
    const { pid } = report.processes.find(({ name }) => name === 'kafka')!;
    // It cannot heed the kernel's signal before it goes on.
    process.kill(pid, 'SIGSTOP');
    process.kill(supervisor, 'SIGKILL');
    await untilOnly(pid);

    const { code, stdout } = await run('status');
    process.kill(pid, 'SIGCONT');

    expect(code).toBe(3);
    expect(stdout).toContain(`kafka (pid ${pid}) still runs, perhaps only to drain.`);
    expect(stdout).toContain(`"LINCHPIN_STATE_DIR=${stateDir} npm stop" ends what is left.`);
    await untilNothingIsLeft();
  },
  timeoutMs,
);

test(
  'a start that is broken off leaves nothing',
  async () => {
    const child = launch('start', '--engines-only', '--detach');
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    while (!output.includes('waiting for Kafka')) {
      await delay(5);
    }

    child.kill('SIGINT');
    const [code] = (await once(child, 'close')) as [number];

    expect(code).toBe(1);
    await untilNothingIsLeft();
    expect(await status()).toMatchObject({ state: 'stopped' });
  },
  timeoutMs,
);

test(
  'a port that is taken ends a start with one sentence',
  async () => {
    const server = createServer().listen(20432, '127.0.0.1');
    await once(server, 'listening');

    const start = await run('start', '--engines-only', '--detach');

    expect(start.code).toBe(1);
    expect(start.stderr).toMatch(
      /^127\.0\.0\.1:20432 is in use by .* \(pid \d+\)\. Stop that process, or set LINCHPIN_POSTGRES_PORT/,
    );
    server.close();
    await once(server, 'close');
  },
  timeoutMs,
);

test('a state folder of another version ends a start with one sentence', async () => {
  writeFileSync(join(stateDir, 'version'), 'linchpin 0\n');

  const start = await run('start', '--engines-only');

  expect(start.code).toBe(1);
  expect(start.stderr).toMatch(/^\S+ was made by an older version .* Run "npm run reset"/);
  expect((await run('reset')).code).toBe(0);
});

test('reset never empties a folder that is not ours', async () => {
  mkdirSync(join(stateDir, 'photographs'));

  const reset = await run('reset');

  expect(reset.code).toBe(1);
  expect(reset.stderr).toContain('is no state folder of Linchpin');
  expect(readdirSync(stateDir)).toEqual(['photographs']);
});

test('status of nothing is exit code 3, stop of nothing is none', async () => {
  expect(await status()).toMatchObject({ code: 3, state: 'stopped' });
  expect(await run('stop')).toMatchObject({ code: 0 });
  expect((await run('frobnicate')).stderr).toBe(
    'There is no command "frobnicate". The commands are start, stop, status, reset, test, bench.\n',
  );
});
