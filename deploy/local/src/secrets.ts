/**
 * The hub's secrets: generated on first start, one file each, so that a service gets the path of a
 * secret and its environment never holds one.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { replaceFile } from './replace-file.js';

export interface Secrets {
  readonly postgresPassword: string;
  readonly redisPassword: string;
  /** Of the blob store: 3 to 24 lower-case letters and digits. */
  readonly blobAccount: string;
  /** Base64 of 64 bytes, as the blob store's clients expect. */
  readonly blobKey: string;
  readonly adminToken: string;
  readonly adminTokenFile: string;
  /** `id:base64(32 bytes)`: what the registry encrypts keys at rest with. */
  readonly masterKeysFile: string;
}

export function ensureSecrets(folder: string): Secrets {
  const masterKeysFile = join(folder, 'master-keys');
  const adminTokenFile = join(folder, 'admin-token');
  readOrCreate(masterKeysFile, () => `local-1:${randomBytes(32).toString('base64')}`);
  return {
    postgresPassword: readOrCreate(join(folder, 'postgres-password'), randomWord),
    redisPassword: readOrCreate(join(folder, 'redis-password'), randomWord),
    blobAccount: readOrCreate(join(folder, 'blob-account'), randomAccount),
    blobKey: readOrCreate(join(folder, 'blob-key'), () => randomBytes(64).toString('base64')),
    adminToken: readOrCreate(adminTokenFile, randomWord),
    adminTokenFile,
    masterKeysFile,
  };
}

/** Writes a secret that is made of others (an address with a password in it). @returns its path */
export function writeSecret(folder: string, name: string, value: string): string {
  const path = join(folder, name);
  replaceFile(path, value);
  return path;
}

function readOrCreate(path: string, create: () => string): string {
  if (!existsSync(path)) {
    replaceFile(path, create());
  }
  return readFileSync(path, 'utf8').trim();
}

/** 192 bits in letters that need no quoting in a URL, a configuration file or a shell. */
function randomWord(): string {
  return randomBytes(24).toString('base64url').replaceAll('_', 'a').replaceAll('-', 'b');
}

/** Its own in every state folder, so that what was signed for one hub's store opens no other's. */
function randomAccount(): string {
  return `local${randomBytes(8).toString('hex')}`;
}
