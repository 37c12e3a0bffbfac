import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { findJava, findPostgres, findProgram } from './programs.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'linchpin-programs-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

function installProgram(...path: readonly string[]): string {
  const file = join(folder, ...path);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, '#!/bin/sh\n');
  chmodSync(file, 0o755);
  return file;
}

function installJava(name: string, version: string): string {
  const java = installProgram(name, 'bin', 'java');
  writeFileSync(join(folder, name, 'release'), `IMPLEMENTOR="x"\nJAVA_VERSION="${version}"\n`);
  return java;
}

test('a program is found on the PATH first, then where Debian keeps those of root', () => {
  const program = installProgram('bin', 'sh');

  expect(findProgram('sh', { PATH: join(folder, 'bin') })).toBe(program);
  expect(findProgram('sh', { PATH: '' })).toMatch(/\/bin\/sh$/);
  expect(findProgram('no-such-program', {})).toBeUndefined();
});

test('every PostgreSQL server is found, the newest first', () => {
  installProgram('9', 'bin', 'postgres');
  installProgram('15', 'bin', 'postgres');
  installProgram('16', 'bin', 'psql');

  expect(findPostgres(folder).map(({ major }) => major)).toEqual([15, 9]);
  expect(findPostgres(join(folder, 'none'))).toEqual([]);
});

test('a Java that is too old is passed over', () => {
  const old = installJava('java-11', '11.0.2');
  const fitting = installJava('java-17', '17.0.15');

  expect(findJava({ PATH: join(old, '..') }, folder)).toBe(fitting);
});

test('JAVA_HOME comes first', () => {
  installJava('java-17', '17.0.15');
  const chosen = installJava('mine', '21');

  expect(findJava({ JAVA_HOME: join(folder, 'mine') }, folder)).toBe(chosen);
});

test('a link to a Java is judged by what it leads to', () => {
  installJava('java-17', '17.0.15');
  mkdirSync(join(folder, 'bin'));
  symlinkSync(join(folder, 'java-17', 'bin', 'java'), join(folder, 'bin', 'java'));

  expect(findJava({ PATH: join(folder, 'bin') }, join(folder, 'none'))).toBe(
    join(folder, 'bin', 'java'),
  );
});
