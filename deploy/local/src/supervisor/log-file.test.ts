import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { LogFile } from './log-file.js';

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'linchpin-log-'));
  path = join(folder, 'kafka.log');
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

test('lines are told as they become whole', () => {
  const lines: string[] = [];
  const log = new LogFile({ path, onLine: (line) => lines.push(line) });

  log.write(Buffer.from('one\ntw'));
  log.write(Buffer.from('o\nthree'));

  expect(lines).toEqual(['one', 'two']);
  expect(log.lastLines).toEqual(['one', 'two', 'three']);
  expect(readFileSync(path, 'utf8')).toBe('one\ntwo\nthree');
  log.close();
});

test('the log of the run before is kept beside', () => {
  const first = new LogFile({ path });
  first.write(Buffer.from('first run\n'));
  first.close();

  const second = new LogFile({ path });
  second.write(Buffer.from('second run\n'));
  second.close();

  expect(readFileSync(path, 'utf8')).toBe('second run\n');
  expect(readFileSync(`${path}.1`, 'utf8')).toBe('first run\n');
});

test('two files of bounded size hold whatever is written', () => {
  const log = new LogFile({ path, sizeMax: 1_000 });

  for (let i = 0; i < 1_000; i += 1) {
    log.write(Buffer.from(`line ${i}\n`));
  }

  expect(statSync(path).size).toBeLessThanOrEqual(1_000);
  expect(statSync(`${path}.1`).size).toBeLessThanOrEqual(1_000);
  expect(log.lastLines.at(-1)).toBe('line 999');
  expect(log.lastLines.length).toBeLessThanOrEqual(30);
  log.close();
});

test('a line without an end does not fill the memory', () => {
  const log = new LogFile({ path });

  for (let i = 0; i < 100; i += 1) {
    log.write(Buffer.alloc(10_000, 'x'));
  }

  expect(log.lastLines[0]!.length).toBeLessThanOrEqual(65_536);
  log.close();
});

test('a disk that takes no more is told once, and lines are still shown', () => {
  const lines: string[] = [];
  const errors: string[] = [];
  const log = new LogFile({
    path: '/dev/full',
    onLine: (line) => lines.push(line),
    onWriteError: (error) => errors.push(String(error.code)),
  });

  log.write(Buffer.from('one\n'));
  log.write(Buffer.from('two\n'));

  expect(errors).toEqual(['ENOSPC']);
  expect(lines).toEqual(['one', 'two']);
  log.close();
});
