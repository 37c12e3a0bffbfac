import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { ensureSecrets, writeSecret } from './secrets.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'linchpin-secrets-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

test('secrets are made once and kept', () => {
  const first = ensureSecrets(folder);

  expect(ensureSecrets(folder)).toEqual(first);
  expect(new Set([first.postgresPassword, first.redisPassword, first.adminToken]).size).toBe(3);
});

test('a password needs no quoting anywhere', () => {
  const { postgresPassword } = ensureSecrets(folder);

  expect(postgresPassword).toMatch(/^[A-Za-z0-9]{32}$/);
});

test('the account of the blob store has a name and a key as Azure has them', () => {
  const { blobAccount, blobKey } = ensureSecrets(folder);

  expect(blobAccount).toMatch(/^[a-z0-9]{3,24}$/);
  expect(Buffer.from(blobKey, 'base64')).toHaveLength(64);
});

test('the master key is 32 bytes under an id', () => {
  const [id, key = ''] = readFileSync(ensureSecrets(folder).masterKeysFile, 'utf8').split(':');

  expect(id).toBe('local-1');
  expect(Buffer.from(key, 'base64')).toHaveLength(32);
});

test('only the owner may read them', () => {
  const { adminTokenFile } = ensureSecrets(folder);
  const written = writeSecret(folder, 'postgres-url', 'postgres://…');

  expect(statSync(adminTokenFile).mode & 0o777).toBe(0o600);
  expect(statSync(written).mode & 0o777).toBe(0o600);
});
