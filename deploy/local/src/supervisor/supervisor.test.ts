import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { identifyProcess, isAlive } from '../machine/process-identity.js';
import { broken, fakeProcess, fakeTask, obedient } from './fake-process.fake.js';
import { endLeftovers } from './leftovers.js';
import type { GivenStep, Plan } from './plan.js';
import { readRunFile, writeRunFile, type ProcessRecord } from './run-file.js';
import { Supervisor, initialRecord } from './supervisor.js';

let folder: string;
let runFile: string;
let said: string[];
let supervisor: Supervisor | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'linchpin-supervisor-'));
  runFile = join(folder, 'run.json');
  said = [];
});

afterEach(async () => {
  await supervisor?.stop();
  rmSync(folder, { recursive: true });
});

const reporter = { say: (text: string) => said.push(text), log: () => undefined };

function supervise(plan: Plan): Supervisor {
  supervisor = new Supervisor({ plan, runFile, logsFolder: folder, reporter });
  return supervisor;
}

const given: GivenStep = {
  kind: 'given',
  name: 'redis',
  label: 'redis at cache:6379',
  needs: [],
  isReady: () => Promise.resolve(),
  remedy: 'Start it.',
};

const wholePlan: Plan = [
  fakeProcess('postgres', obedient, { kind: 'engine' }),
  given,
  fakeTask('prepare', 'console.log("tables made")', ['postgres']),
  fakeProcess('registry', obedient, { needs: ['prepare', 'redis'] }),
  fakeProcess('gateway-1', obedient, { needs: ['registry'] }),
];

test('steps begin when what they need is ready, and end in the opposite order', async () => {
  await supervise(wholePlan).start();
  await supervisor?.stop();

  const events = said.filter((text) => /^(waiting|stopp)/.test(text));
  expect(events).toEqual([
    'waiting for postgres on port 1 …',
    'waiting for redis at cache:6379 …',
    'waiting for tables of prepare …',
    'waiting for registry on port 1 …',
    'waiting for gateway-1 on port 1 …',
    'stopping gateway-1 …',
    'stopping registry …',
    'stopping postgres …',
    'stopped',
  ]);
});

test('an engine outlives the service whose task needed it', async () => {
  await supervise(wholePlan).start();
  const pids = new Map(supervisor?.record.processes.map(({ name, identity }) => [name, identity]));

  await supervisor?.stop();

  expect(said.indexOf('stopping postgres …')).toBeGreaterThan(said.indexOf('stopping registry …'));
  expect([...pids.values()].map((identity) => isAlive(identity!))).toEqual([false, false, false]);
});

test('what a process uses outlives it, though neither waits for the other at the start', async () => {
  const plan = [
    fakeProcess('registry', obedient),
    fakeProcess('gateway-1', obedient, { uses: ['registry'] }),
  ];
  await supervise(plan).start();
  await supervisor?.stop();

  expect(said.indexOf('waiting for gateway-1 on port 1 …')).toBe(1);
  expect(said.filter((text) => text.startsWith('stopping'))).toEqual([
    'stopping gateway-1 …',
    'stopping registry …',
  ]);
});

test('the run file tells what runs until nothing does', async () => {
  await supervise(wholePlan).start();

  const record = readRunFile(runFile);
  expect(record).toMatchObject({ state: 'running', supervisor: { pid: process.pid } });
  expect(record?.processes.map(({ name, healthy }) => `${name} ${healthy}`)).toEqual([
    'postgres true',
    'registry true',
    'gateway-1 true',
  ]);

  await supervisor?.stop();
  expect(readRunFile(runFile)).toBeUndefined();
});

test('a task that fails ends the start with its last words', async () => {
  const plan = [
    fakeProcess('postgres', obedient),
    fakeTask('prepare', broken, ['postgres']),
    fakeProcess('registry', obedient, { needs: ['prepare'] }),
  ];

  await expect(supervise(plan).start()).rejects.toMatchObject({
    message: expect.stringContaining('prepare ended with exit code 7. Its last words:\nENOSPC'),
    remedy: 'The disk is full: free some space.',
  });
  await supervisor?.stop();
  expect(said).not.toContain('waiting for registry on port 1 …');
});

test('a stop during a start ends what has begun', async () => {
  const plan = [
    fakeProcess('postgres', obedient),
    fakeTask('prepare', 'setInterval(() => undefined, 1000)', ['postgres']),
  ];
  const start = supervise(plan).start();
  start.catch(() => undefined);
  while (!said.includes('waiting for tables of prepare …')) {
    await new Promise(setImmediate);
  }

  await supervisor?.stop();

  await expect(start).rejects.toThrow('the hub is told to stop');
  expect(readRunFile(runFile)).toBeUndefined();
});

test('what each process wrote is in its own log', async () => {
  await supervise(wholePlan).start();
  await supervisor?.stop();

  expect(readFileSync(join(folder, 'prepare.log'), 'utf8')).toBe('tables made\n');
  expect(readFileSync(join(folder, 'registry.log'), 'utf8')).toMatch(/^(up\n)?(down\n)?$/);
});

test('a run file that cannot be written does not end what runs', async () => {
  supervisor = new Supervisor({
    plan: [fakeProcess('postgres', obedient)],
    runFile: join(folder, 'no-such-folder', 'run.json'),
    logsFolder: folder,
    reporter,
  });

  await supervisor.start();

  expect(supervisor.record.processes[0]?.healthy).toBe(true);
  expect(said.filter((text) => text.includes('shows old news'))).toHaveLength(1);
});

test('a need that the plan does not have is a fault of the plan', async () => {
  const plan = [fakeProcess('api', obedient, { needs: ['registry'] })];

  await expect(supervise(plan).start()).rejects.toThrow(
    'api needs registry, which does not stand before it in the plan',
  );
});

function recordOf(name: string, kind: ProcessRecord['kind'], pid: number): ProcessRecord {
  return {
    name,
    kind,
    identity: identifyProcess(pid),
    port: 1,
    probePort: undefined,
    healthy: true,
    since: '2026-11-21T00:00:00Z',
    restarts: 0,
    stopSignal: 'SIGTERM',
  };
}

test('what a killed supervisor left is ended, services first, and nothing else is', async () => {
  const orphans = [spawn('sleep', ['60']), spawn('sleep', ['60']), spawn('sleep', ['60'])];
  const [engine, service, stranger] = orphans.map((child) => child.pid!);
  const reused = recordOf('api', 'service', stranger!);
  const record = {
    ...initialRecord(new Date()),
    processes: [
      recordOf('kafka', 'engine', engine!),
      recordOf('registry', 'service', service!),
      { ...reused, identity: { ...reused.identity!, startTicks: 1 } },
    ],
  };
  writeRunFile(runFile, record);

  const ended = await endLeftovers(runFile, record, reporter);

  expect(ended).toBe(2);
  expect(said.map((text) => text.split(' (')[0])).toEqual(['ending registry', 'ending kafka']);
  expect(identifyProcess(stranger!)).toBeDefined();
  expect(readRunFile(runFile)).toBeUndefined();
  orphans[2]!.kill();
  await once(orphans[2]!, 'exit');
});

test('an orphan that does not listen is killed', async () => {
  const deafOrphan = spawn('sh', ['-c', 'trap "" TERM; echo up; while :; do sleep 1; done']);
  await once(deafOrphan.stdout, 'data');
  const record = {
    ...initialRecord(new Date()),
    processes: [recordOf('gateway-1', 'service', deafOrphan.pid!)],
  };

  await endLeftovers(runFile, record, reporter, 50);

  expect(isAlive(record.processes[0]!.identity!)).toBe(false);
});
