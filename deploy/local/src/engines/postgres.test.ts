import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { choosePrograms, postgresUrl } from './postgres.js';

let data: string;

beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'linchpin-postgres-'));
});

afterEach(() => {
  rmSync(data, { recursive: true });
});

const programs = [
  { major: 17, binDir: '/17' },
  { major: 15, binDir: '/15' },
];

test('a new cluster is made by the newest server', () => {
  expect(choosePrograms(programs, data).major).toBe(17);
});

test('a cluster is served by the version that made it', () => {
  writeFileSync(join(data, 'PG_VERSION'), '15\n');

  expect(choosePrograms(programs, data).major).toBe(15);
});

test('a cluster of a version that is gone says which package brings it back', () => {
  writeFileSync(join(data, 'PG_VERSION'), '13\n');

  expect(() => choosePrograms(programs, data)).toThrow(
    `The database in ${data} was made by PostgreSQL 13, and this machine has 17, 15.`,
  );
});

test('the address holds account, password and database', () => {
  expect(postgresUrl(15432, 'pw')).toBe('postgres://linchpin:pw@127.0.0.1:15432/linchpin');
});
