import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import {
  layoutVersion,
  openStateFolder,
  requireStateFolder,
  runnerCommand,
  standardStateDir,
  statePaths,
} from './state-folder.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'linchpin-state-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

test('a new folder bears its version, lets others pass and keeps secrets to itself', () => {
  const paths = openStateFolder(join(folder, 'deep', 'state'));

  expect(readFileSync(paths.version, 'utf8')).toBe(`linchpin ${layoutVersion}\n`);
  expect(statSync(paths.root).mode & 0o777).toBe(0o711);
  expect(statSync(paths.secrets).mode & 0o777).toBe(0o700);
});

test('a folder is opened again', () => {
  openStateFolder(folder);

  expect(openStateFolder(folder).root).toBe(folder);
});

test("another account's folder is refused", () => {
  const { uid } = statSync(folder);

  expect(() => openStateFolder(folder, uid + 1)).toThrow(
    `${folder} belongs to the account with the number ${uid}, and this one has ${uid + 1}.`,
  );
});

test('a file system that makes no folders is told at once', () => {
  expect(() => openStateFolder('/proc/linchpin/state')).toThrow('/proc can hold no folders.');
});

test('another hub and shared engines inside do not make a folder a foreign one', () => {
  mkdirSync(join(folder, 'engines'));
  const { root } = openStateFolder(join(folder, 'test'));

  expect(openStateFolder(folder).root).toBe(folder);
  expect(openStateFolder(root).root).toBe(root);
});

test('a folder with other files is neither used nor ever emptied', () => {
  writeFileSync(join(folder, 'thesis.txt'), 'all my work');

  expect(() => openStateFolder(folder)).toThrow(
    `${folder} is no state folder of Linchpin: it has no version file, but "thesis.txt".`,
  );
  expect(() => {
    requireStateFolder(statePaths(folder));
  }).toThrow('is no state folder of Linchpin');
});

test('an older or newer layout says how to go on', () => {
  writeFileSync(join(folder, 'version'), 'linchpin 0\n');
  expect(() => openStateFolder(folder)).toThrow(/was made by an older version \(layout 0, this is/);

  writeFileSync(join(folder, 'version'), 'linchpin 99\n');
  expect(() => openStateFolder(folder)).toThrow(/was made by a newer version \(layout 99, this is/);
});

test('a folder of another version may be emptied', () => {
  writeFileSync(join(folder, 'version'), 'linchpin 99\n');

  expect(() => {
    requireStateFolder(statePaths(folder));
  }).not.toThrow();
});

test('a version file of something else is refused', () => {
  writeFileSync(join(folder, 'version'), '1.2.3\n');

  expect(() => openStateFolder(folder)).toThrow('was not written by Linchpin');
  expect(() => {
    requireStateFolder(statePaths(folder));
  }).toThrow('was not written by Linchpin');
});

test('a command names the folder unless it stands for itself', () => {
  expect(runnerCommand(standardStateDir, 'npm stop')).toBe('npm stop');
  expect(runnerCommand('/srv/second', 'npm stop')).toBe('LINCHPIN_STATE_DIR=/srv/second npm stop');
  expect(runnerCommand('/srv/my hub', 'npm stop')).toBe(
    "LINCHPIN_STATE_DIR='/srv/my hub' npm stop",
  );
});
