import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { isAlive } from '../machine/process-identity.js';
import { broken, deaf, fakeProcess, obedient } from './fake-process.fake.js';
import { LogFile } from './log-file.js';
import type { ProcessStep } from './plan.js';
import { SupervisedProcess } from './supervised-process.js';

const limits = {
  restart: { firstMs: 1, maxMs: 50, resetAfterMs: 60_000 },
  start: { intervalMs: 5, timeoutMs: 10_000, questionTimeoutMs: 1_000 },
  healthIntervalMs: 10,
  unreadyIntervalMs: 10,
};

let folder: string;
let log: LogFile;
let said: string[];
let started: SupervisedProcess[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'linchpin-process-'));
  log = new LogFile({ path: join(folder, 'fake.log') });
  said = [];
  started = [];
});

afterEach(async () => {
  await Promise.all(started.map(async (process) => process.stop()));
  log.close();
  rmSync(folder, { recursive: true });
});

function supervise(step: ProcessStep, startTimeoutMs = limits.start.timeoutMs): SupervisedProcess {
  const process = new SupervisedProcess({
    step,
    log,
    onChange: () => undefined,
    say: (text) => said.push(text),
    limits: { ...limits, start: { ...limits.start, timeoutMs: startTimeoutMs } },
  });
  started.push(process);
  return process;
}

async function until(condition: () => boolean): Promise<void> {
  const endAt = Date.now() + 10_000;
  while (!condition()) {
    if (Date.now() > endAt) {
      throw new Error(`waited in vain; said: ${said.join(' / ')}`);
    }
    await delay(5);
  }
}

async function notYet(): Promise<void> {
  return Promise.reject(new Error('the registry does not answer'));
}

async function isUp(): Promise<void> {
  return log.lastLines.includes('up') ? Promise.resolve() : notYet();
}

test('is started when its probe says so, and known by its identity', async () => {
  const process = supervise(fakeProcess('registry', obedient, { isReady: isUp }));

  await process.start();

  expect(process.record).toMatchObject({ name: 'registry', healthy: true, restarts: 0 });
  expect(isAlive(process.record.identity!)).toBe(true);
});

test('to end before it is ready is a failure with its last words and what to do', async () => {
  const process = supervise(fakeProcess('api', broken, { isReady: notYet }));

  await expect(process.start()).rejects.toMatchObject({
    message:
      'api on port 1 ended with exit code 7 before it was ready. Its last words:\n' +
      'ENOSPC: no space left\n',
    remedy: 'The disk is full: free some space.',
  });
});

test('never to become ready is a failure too', async () => {
  const process = supervise(fakeProcess('api', obedient, { isReady: notYet }), 300);

  await expect(process.start()).rejects.toThrow(
    'api on port 1 was not ready after 0.3 s: the registry does not answer.',
  );
});

test('a program that is not there is a failure that names it', async () => {
  const launch = { command: ['/no/such/program'], env: {}, cwd: '/' };
  const process = supervise(fakeProcess('redis', '', { launch, isReady: notYet }));

  await expect(process.start()).rejects.toThrow('/no/such/program');
});

test('one that is killed is started again, reported and counted', async () => {
  const process = supervise(fakeProcess('kafka', obedient, { isReady: isUp }));
  await process.start();
  const first = process.record.identity!;

  globalThis.process.kill(first.pid, 'SIGKILL');
  await until(() => process.record.restarts === 1 && process.record.healthy);

  expect(isAlive(first)).toBe(false);
  expect(process.record.identity!.pid).not.toBe(first.pid);
  expect(said.join('\n')).toContain(
    `kafka was ended by SIGKILL and is started again in 0.001 s (its log: ${log.path})`,
  );
});

test('one that keeps ending is started again ever more slowly', async () => {
  const dying = `console.log('up'); setTimeout(() => process.exit(1), 50);`;
  const process = supervise(fakeProcess('gateway-1', dying, { isReady: isUp }));
  await process.start();

  await until(() => process.record.restarts >= 3);

  const waits = said.flatMap((text) => /started again in ([\d.]+) s/.exec(text)?.[1] ?? []);
  expect(waits.slice(0, 3)).toEqual(['0.001', '0.002', '0.004']);
});

test('one that is not ready any more is reported and left alive', async () => {
  let isReady = true;
  const process = supervise(
    fakeProcess('kafka', obedient, { isReady: () => (isReady ? Promise.resolve() : notYet()) }),
  );
  await process.start();
  const { identity } = process.record;

  isReady = false;
  await until(() => !process.record.healthy);
  isReady = true;
  await until(() => process.record.healthy);

  expect(process.record).toMatchObject({ identity, restarts: 0 });
  expect(said.filter((text) => text.startsWith('kafka is not ready'))).toEqual([
    'kafka is not ready: the registry does not answer',
  ]);
});

test('stop lets it end in its own way, and nothing is started after that', async () => {
  const process = supervise(fakeProcess('registry', obedient, { isReady: isUp }));
  await process.start();
  const { identity } = process.record;

  await process.stop();
  // If it were started again, it would be so before this one is there.
  const isReady = (): Promise<void> =>
    log.lastLines.includes('next') ? Promise.resolve() : notYet();
  const next = fakeProcess('next', 'console.log("next"); setInterval(() => 0, 1000)', { isReady });
  await supervise(next).start();

  expect(isAlive(identity!)).toBe(false);
  expect(log.lastLines).toEqual(['up', 'down', 'next']);
  expect(process.record).toMatchObject({ identity: undefined, restarts: 0 });
});

test('one that does not stop in its time is killed and reported', async () => {
  const process = supervise(fakeProcess('gateway-1', deaf, { isReady: isUp, stopTimeoutMs: 100 }));
  await process.start();
  const { identity } = process.record;

  await process.stop();

  expect(isAlive(identity!)).toBe(false);
  expect(said).toContain('gateway-1 did not stop within 0.1 s and is killed');
});

test('stop ends a start that is under way', async () => {
  const process = supervise(fakeProcess('registry', obedient, { isReady: notYet }));
  const start = process.start();
  start.catch(() => undefined);

  await process.stop();

  await expect(start).rejects.toThrow('registry was told to stop');
});
