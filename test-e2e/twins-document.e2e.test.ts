/** The program of docs/twins.md, run as it stands there. */
import { execFile } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { makeReadersFolder, programOf } from './support/document.js';

const run = promisify(execFile);
let folder: string;

beforeAll(() => {
  folder = makeReadersFolder();
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

test('a pump is told its rate, found by it, and restarted', async () => {
  writeFileSync(join(folder, 'pump.mjs'), programOf('docs/twins.md', 'pump.mjs'));
  const commands = '. .linchpin/connection.env && node pump.mjs';
  const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', commands], { cwd: folder });

  expect(stdout).toMatch(/^pump-\d+ pumps at 5\n200 \{"restarted":true,"hard":true\}\n$/);
});
