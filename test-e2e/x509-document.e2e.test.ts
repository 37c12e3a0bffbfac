/** The commands of docs/x509.md, run as they stand there. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { arm, resourceGroup } from './support/arm-client.js';
import { hub } from './support/hub.js';
import { KafkaReader } from './support/kafka-reader.js';
import { deleteDevice } from './support/registry.js';

const run = promisify(execFile);
const document = readFileSync(join(import.meta.dirname, '..', 'docs', 'x509.md'), 'utf8');
const commands = [...document.matchAll(/```sh\n([^]*?)```/g)].map(([, block = '']) => block);

let folder: string;
let reader: KafkaReader;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'linchpin-x509-'));
  symlinkSync(hub.stateDir, join(folder, '.linchpin'));
  symlinkSync(join(import.meta.dirname, 'node_modules'), join(folder, 'node_modules'));
  reader = await KafkaReader.from();
});

afterAll(async () => {
  await reader.close();
  await arm.certificates.delete(resourceGroup, 'local', 'my-ca', '*');
  await deleteDevice('my-device');
  rmSync(folder, { recursive: true });
});

test('an authority is proven, and a device of it sends', async () => {
  await run('bash', ['-euo', 'pipefail', '-c', commands.join('\n')], { cwd: folder });
  await reader.waitFor('my-device', 1);
  expect(String(reader.of('my-device')[0]?.value)).toBe('by certificate');
  const { properties } = await arm.certificates.get(resourceGroup, 'local', 'my-ca');
  expect(properties).toMatchObject({ isVerified: true, subject: 'CN=My CA' });
});
