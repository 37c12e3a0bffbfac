import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import { ConfigError, isGiven, readEnvironment, type Environment } from './environment.js';
import { integer } from './fields.js';

const schema = z.object({
  LINCHPIN_ADMIN_TOKEN: z.string('is required'),
  LINCHPIN_CONNECTIONS_MAX: integer(1, 10).optional(),
});

let folder: string;
let file: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'environment-'));
  file = join(folder, 'token');
  writeFileSync(file, 'of the file\r\n');
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

function tokenOf(environment: Environment): string {
  return readEnvironment(schema, environment).LINCHPIN_ADMIN_TOKEN;
}

test('a value comes from the variable, or else from its file, without the end of the line', () => {
  const LINCHPIN_ADMIN_TOKEN_FILE = file;

  expect(tokenOf({ LINCHPIN_ADMIN_TOKEN: 'direct', LINCHPIN_ADMIN_TOKEN_FILE })).toBe('direct');
  expect(tokenOf({ LINCHPIN_ADMIN_TOKEN: '', LINCHPIN_ADMIN_TOKEN_FILE })).toBe('of the file');
});

test('an empty variable, or an empty path of its file, counts as absent', () => {
  const environment = { LINCHPIN_ADMIN_TOKEN: '', LINCHPIN_ADMIN_TOKEN_FILE: '' };

  expect(isGiven('LINCHPIN_ADMIN_TOKEN', environment)).toBe(false);
  expect(() => tokenOf(environment)).toThrow('LINCHPIN_ADMIN_TOKEN: is required');
});

test('all faults are told together, each with its variable: a file, a value, a name that none has', () => {
  const environment = {
    LINCHPIN_ADMIN_TOKEN_FILE: join(folder, 'gone'),
    LINCHPIN_CONNECTIONS_MAX: '11',
    LINCHPIN_CONECTIONS_MAX: '1',
  };

  expect(() => readEnvironment(schema, environment)).toThrow(ConfigError);
  expect(() => readEnvironment(schema, environment)).toThrow(
    /LINCHPIN_CONECTIONS_MAX[^]*LINCHPIN_ADMIN_TOKEN_FILE: cannot read .*gone: ENOENT[^]*LINCHPIN_CONNECTIONS_MAX: must be a whole number from 1 to 10/,
  );
});
