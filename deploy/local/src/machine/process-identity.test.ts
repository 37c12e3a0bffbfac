import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { identifyProcess, isAlive, parseStat, signalProcess } from './process-identity.js';

test('a process is alive under its identity until it ends', async () => {
  const child = spawn('sleep', ['60']);
  const identity = identifyProcess(child.pid!)!;
  expect(isAlive(identity)).toBe(true);

  expect(signalProcess(identity, 'SIGKILL')).toBe(true);
  await once(child, 'exit');

  expect(isAlive(identity)).toBe(false);
  expect(signalProcess(identity, 'SIGKILL')).toBe(false);
});

test('another process with the same pid is not the one that was meant', () => {
  const own = identifyProcess(process.pid)!;

  expect(isAlive({ ...own, startTicks: own.startTicks + 1 })).toBe(false);
  expect(isAlive({ ...own, bootId: 'of yesterday' })).toBe(false);
  expect(signalProcess({ ...own, bootId: 'of yesterday' }, 'SIGKILL')).toBe(false);
});

test('an exec keeps the identity', async () => {
  const child = spawn('sh', ['-c', 'read line; exec sleep 60'], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const identity = identifyProcess(child.pid!)!;

  child.stdin.end('go\n');

  expect(isAlive(identity)).toBe(true);
  child.kill('SIGKILL');
  await once(child, 'exit');
});

test('a process that nobody has reaped is not alive', async () => {
  const parent = spawn('sh', ['-c', 'read line <&3 & echo $!; exec sleep 60'], {
    stdio: ['ignore', 'pipe', 'ignore', 'pipe'],
  });
  const [chunk] = (await once(parent.stdout!, 'data')) as [Buffer];
  const pid = Number(chunk.toString());
  // A shell may still reap its child; what it becomes does not.
  while (readFileSync(`/proc/${parent.pid}/comm`, 'utf8') !== 'sleep\n') {
    await setImmediate();
  }

  (parent.stdio[3] as Writable).end('go\n');
  while (identifyProcess(pid) !== undefined) {
    await setImmediate();
  }

  expect(existsSync(`/proc/${pid}/stat`)).toBe(true);
  parent.kill('SIGKILL');
  await once(parent, 'exit');
});

test('a command name may look like the fields after it', () => {
  const rest = `S ${'0 '.repeat(18)}4711 0`;

  expect(parseStat(`42 (a) R 1) ${rest}`)).toEqual({ state: 'S', startTicks: 4711 });
  expect(parseStat('42 (short)')).toBeUndefined();
});
