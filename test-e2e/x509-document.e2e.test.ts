/** The commands of docs/x509.md, run as they stand there. */
import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { arm, resourceGroup } from './support/arm-client.js';
import { commandsOf, makeReadersFolder } from './support/document.js';
import { KafkaReader } from './support/kafka-reader.js';
import { deleteDevice } from './support/registry.js';

const run = promisify(execFile);

let folder: string;
let reader: KafkaReader;

beforeAll(async () => {
  folder = makeReadersFolder();
  reader = await KafkaReader.from();
});

afterAll(async () => {
  await reader.close();
  await arm.certificates.delete(resourceGroup, 'local', 'my-ca', '*');
  await deleteDevice('my-device');
  await deleteDevice('my-own-device');
  rmSync(folder, { recursive: true });
});

test('an authority is proven, a device of it sends, and so does one with a certificate of its own', async () => {
  await run('bash', ['-euo', 'pipefail', '-c', commandsOf('docs/x509.md')], { cwd: folder });
  await reader.waitFor('my-device', 1);
  expect(String(reader.of('my-device')[0]?.value)).toBe('by certificate');
  await reader.waitFor('my-own-device', 1);
  expect(String(reader.of('my-own-device')[0]?.value)).toBe('by thumbprint');
  const { properties } = await arm.certificates.get(resourceGroup, 'local', 'my-ca');
  expect(properties).toMatchObject({ isVerified: true, subject: 'CN=My CA' });
});
