import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { claimRunFile, findRunning, readRunFile, removeRunFile, writeRunFile } from './run-file.js';
import { initialRecord } from './supervisor.js';

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'linchpin-run-'));
  path = join(folder, 'run.json');
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

const record = initialRecord(new Date('2026-11-21T00:00:00Z'));

test('only one supervisor gets the file', () => {
  expect(claimRunFile(path, record)).toBe(true);
  expect(claimRunFile(path, { ...record, state: 'running' })).toBe(false);

  expect(readRunFile(path)).toEqual(record);
  expect(readdirSync(folder)).toEqual(['run.json']);
});

test('a supervisor that lives is found, a dead one is not', () => {
  const dead = { ...record.supervisor, startTicks: record.supervisor.startTicks - 1 };

  writeRunFile(path, record);
  expect(findRunning(path)).toEqual(record);

  writeRunFile(path, { ...record, supervisor: dead });
  expect(findRunning(path)).toBeUndefined();
});

test('no file: nothing runs', () => {
  writeRunFile(path, record);
  removeRunFile(path);

  expect(readRunFile(path)).toBeUndefined();
  expect(findRunning(path)).toBeUndefined();
  removeRunFile(path);
});

test('a damaged file is told of, with what to do', () => {
  writeFileSync(path, '{"state":');

  expect(() => findRunning(path)).toThrow(`${path} is damaged, so that nobody knows what runs.`);
});
