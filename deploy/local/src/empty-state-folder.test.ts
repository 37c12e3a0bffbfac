import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { emptyStateFolder } from './empty-state-folder.js';
import { identifyProcess } from './machine/process-identity.js';
import { openStateFolder } from './state-folder.js';
import { claimRunFile } from './supervisor/run-file.js';
import { initialRecord } from './supervisor/supervisor.js';

const silent = { say: () => undefined, log: () => undefined };

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'linchpin-reset-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

test('all that a hub keeps goes, drafts of a killed runner among it', async () => {
  const paths = openStateFolder(folder);
  for (const file of [paths.connectionFile, paths.enginesFile, `${paths.connectionFile}.12.new`]) {
    writeFileSync(file, 'x');
  }
  writeFileSync(join(paths.kafka, 'segment'), 'x');

  expect(await emptyStateFolder(folder, silent)).toEqual([]);
  expect(readdirSync(folder)).toEqual([]);
});

test('other hubs inside, shared engines and files of somebody stay, and the folder is used again', async () => {
  openStateFolder(folder);
  const second = openStateFolder(join(folder, 'second'));
  writeFileSync(join(second.secrets, 'admin-token'), 'secret');
  claimRunFile(second.runFile, initialRecord(new Date()));
  mkdirSync(join(folder, 'engines'));
  writeFileSync(join(folder, 'engines', 'kafka.jar'), 'x');
  writeFileSync(join(folder, 'make-hub.mjs'), 'x');

  const left = await emptyStateFolder(folder, silent);

  expect([...left].sort()).toEqual(['engines', 'make-hub.mjs', 'second']);
  expect(readFileSync(join(second.secrets, 'admin-token'), 'utf8')).toBe('secret');
  expect(readdirSync(join(folder, 'engines'))).toEqual(['kafka.jar']);
  expect(openStateFolder(folder).root).toBe(folder);
});

test('a hub that runs is left alone, and how to end it names its folder', async () => {
  const paths = openStateFolder(folder);
  const supervisor = identifyProcess(process.pid)!;
  claimRunFile(paths.runFile, { ...initialRecord(new Date()), supervisor });

  await expect(emptyStateFolder(folder, silent)).rejects.toMatchObject({
    remedy: expect.stringContaining(`"LINCHPIN_STATE_DIR=${folder} npm stop"`),
  });
  expect(readdirSync(folder)).toContain('version');
});

test('a folder that is not there has nothing to remove', async () => {
  expect(await emptyStateFolder(join(folder, 'nowhere'), silent)).toEqual([]);
});
