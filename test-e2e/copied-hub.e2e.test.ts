/**
 * The show of import and export: a hub's identities are exported and imported into another one, in
 * bounded memory. In CI there are few of them; by hand as many as one likes:
 *
 *     LINCHPIN_COPIED_IDENTITIES=100000 npm test -- e2e copied-hub
 */
import { createHash, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { BlobAccount, testEngines } from '@linchpin/testing';
import { administer, createHub, type ServiceAccess } from './support/administration.js';
import { askHub, runJob } from './support/run-job.js';

jest.setTimeout(1_800_000);

const identities = Number(process.env['LINCHPIN_COPIED_IDENTITIES'] ?? 2_000);

const blobs = new BlobAccount(testEngines().blobConnectionString);
const names = [`Source-${randomUUID().slice(0, 8)}`, `Target-${randomUUID().slice(0, 8)}`] as const;
let source: ServiceAccess;
let target: ServiceAccess;
let container: string;

beforeAll(async () => {
  container = await blobs.createContainer();
  const [first, second] = names;
  source = await createHub(first, `${first.toLowerCase()}.example.net`);
  target = await createHub(second, `${second.toLowerCase()}.example.net`);
});

afterAll(async () => {
  for (const name of names) {
    await administer('DELETE', `/${name}`);
  }
  await blobs.deleteContainer(container);
});

function run(title: string, access: ServiceAccess, work: object): Promise<void> {
  return runJob({ title, access, work, identities });
}

function exportTo(blob: string): object {
  return {
    type: 'export',
    outputBlobContainerUri: blobs.containerUri(container),
    outputBlobName: blob,
  };
}

function importFrom(blob: string): object {
  const uri = blobs.containerUri(container);
  return {
    type: 'import',
    inputBlobContainerUri: uri,
    inputBlobName: blob,
    outputBlobContainerUri: uri,
  };
}

/** What a line says of an identity that is the same in every hub. */
function contentOf(line: string): string {
  return JSON.stringify({ ...(JSON.parse(line) as object), eTag: undefined });
}

async function digestOf(blob: string): Promise<{ lines: number; digest: string }> {
  const lines = ((await blobs.read(container, blob)) ?? '').trimEnd().split('\n');
  const hash = createHash('sha256');
  for (const line of lines) {
    hash.update(contentOf(line));
  }
  return { lines: lines.length, digest: hash.digest('hex') };
}

test('an export and an import copy a hub, keys and all, in bounded memory', async () => {
  const rows = Array.from({ length: identities }, (_, number) =>
    JSON.stringify({ id: `device-${String(number).padStart(7, '0')}`, importMode: 'create' }),
  );
  await blobs.write(container, 'new.txt', rows.join('\n'));

  await run('import of new identities', source, importFrom('new.txt'));
  await run('export', source, exportTo('source.txt'));
  await run('import into another hub', target, importFrom('source.txt'));
  const errors = await blobs.read(container, 'importErrors.log');
  await run('export of the other hub', target, exportTo('target.txt'));
  const first = await digestOf('source.txt');

  expect(first.lines).toBe(identities);
  expect(await digestOf('target.txt')).toEqual(first);
  expect(errors).toBe('');
  expect(await askHub(target, 'GET', '/statistics/devices')).toMatchObject({
    totalDeviceCount: identities,
  });
});
