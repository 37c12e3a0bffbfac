/** The program of docs/administration.md, run as it stands there. */
import { execFile } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parseConnectionString } from '@linchpin/testing';
import { arm, listPolicies, resourceGroup } from './support/arm-client.js';
import { makeReadersFolder, programOf } from './support/document.js';

const run = promisify(execFile);
const name = 'plant-7';
let folder: string;

beforeAll(() => {
  folder = makeReadersFolder();
});

afterAll(async () => {
  await arm.iotHubResource.beginDeleteAndWait(resourceGroup, name);
  rmSync(folder, { recursive: true });
});

test('a hub is made, and a policy added to those that it has', async () => {
  writeFileSync(join(folder, 'make-hub.mjs'), programOf('docs/administration.md', 'make-hub.mjs'));
  const commands = '. .linchpin/connection.env && node make-hub.mjs';
  const make = () => run('bash', ['-euo', 'pipefail', '-c', commands], { cwd: folder });
  const { stdout } = await make();

  const policies = await listPolicies(name);
  expect(policies.map(({ keyName }) => keyName).sort()).toEqual(
    [
      ...['iothubowner', 'service', 'device', 'registryRead', 'registryReadWrite'],
      'provisioner',
    ].sort(),
  );
  const { hostName, sharedAccessKeyName, sharedAccessKey } = parseConnectionString(stdout.trim());
  expect(policies).toContainEqual(
    expect.objectContaining({
      keyName: sharedAccessKeyName,
      primaryKey: sharedAccessKey,
      rights: 'RegistryWrite',
    }),
  );
  expect(hostName).toBe(`${name}.linchpin.localhost`);

  expect((await make()).stdout).toBe(stdout);
  expect(await listPolicies(name)).toEqual(policies);
});
