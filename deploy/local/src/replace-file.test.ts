import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { replaceFile } from './replace-file.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'linchpin-file-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

test('the last content wins, and nothing else is left in the folder', () => {
  const path = join(folder, 'secret');

  replaceFile(path, 'one');
  replaceFile(path, 'two');

  expect(readFileSync(path, 'utf8')).toBe('two');
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder)).toEqual(['secret']);
});

test('what cannot be put in its place leaves no draft', () => {
  const path = join(folder, 'taken');
  mkdirSync(path);

  expect(() => {
    replaceFile(path, 'content');
  }).toThrow('EISDIR');
  expect(readdirSync(folder)).toEqual(['taken']);
});
