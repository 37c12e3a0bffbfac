/**
 * The show of import and export: a hub's identities are exported and imported into another one, in
 * bounded memory. In CI there are few of them; by hand as many as one likes:
 *
 *     LINCHPIN_COPIED_IDENTITIES=100000 npm test -- e2e copied-hub
 */
import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { createSasToken } from '@linchpin/auth';
import { BlobAccount, testEngines } from '@linchpin/testing';
import { administer, createHub, type ServiceAccess } from './support/administration.js';
import { hub } from './support/hub.js';
import { mebibytes } from './support/memory-watch.js';
import { printFigures } from './support/print-figures.js';
import { processState } from './support/processes.js';
import { residentBytesOf } from './support/resident-bytes.js';

jest.setTimeout(1_800_000);

const identities = Number(process.env['LINCHPIN_COPIED_IDENTITIES'] ?? 2_000);

/**
 * What the process that runs the jobs may come to hold, however many identities there are: some 130 MiB
 * to run at all, and twice over a piece of 4 MiB, its text and its lines, and what V8 has not given
 * back yet.
 */
const residentBytesMax = 384 * 1_048_576;

/** A hub of this tier answers 100 questions about jobs a minute. */
const askedEveryMs = 700;

const watched = ['file-upload', 'registry', 'azurite'] as const;
type Watched = (typeof watched)[number];

const blobs = new BlobAccount(testEngines().blobConnectionString);
const names = [`Source-${randomUUID().slice(0, 8)}`, `Target-${randomUUID().slice(0, 8)}`] as const;
const peaks = new Map<Watched, number>();
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

/** The token says which hub is meant. */
async function call<Answer>(
  { host, owner }: ServiceAccess,
  method: string,
  path: string,
  body?: object,
): Promise<Answer> {
  const expiresAt = new Date(Date.now() + 3_600_000);
  const token = createSasToken({ audience: host, key: owner.key, policy: owner.name, expiresAt });
  const response = await fetch(`https://${hub.host}${path}?api-version=2021-04-12`, {
    method,
    headers: { Authorization: token, 'Content-Type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  expect(`${response.status} ${text}`).toMatch(/^200 /);
  return JSON.parse(text) as Answer;
}

interface Job {
  readonly jobId: string;
  readonly status: string;
  readonly progress: number;
  readonly failureReason?: string;
}

/** Runs a job to its end, and prints how long it took and what the processes held meanwhile. */
async function run(what: string, access: ServiceAccess, work: object): Promise<void> {
  const begin = performance.now();
  let job = await call<Job>(access, 'POST', '/jobs/create', work);
  const series: string[] = [];
  let shown = -1;
  while (['enqueued', 'running'].includes(job.status)) {
    const held = look();
    const tenth = Math.floor(job.progress / 10);
    if (tenth > shown) {
      series.push(mebibytes(held));
      shown = tenth;
    }
    await delay(askedEveryMs);
    job = await call<Job>(access, 'GET', `/jobs/${job.jobId}`);
  }
  const seconds = (performance.now() - begin) / 1_000;
  printFigures(what, {
    identities,
    took: `${seconds.toFixed(1)} s`,
    'a second': identities / seconds,
    'RSS of file-upload over time': series.join(' '),
  });
  expect(job).toMatchObject({ status: 'completed', progress: 100 });
}

/** @returns what file-upload holds */
function look(): number {
  const bytes = watched.map(
    (name) => [name, residentBytesOf(processState(name).pid ?? 0)] as const,
  );
  for (const [name, held] of bytes) {
    peaks.set(name, Math.max(peaks.get(name) ?? 0, held));
  }
  return bytes[0]?.[1] ?? 0;
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
  expect(await call(target, 'GET', '/statistics/devices')).toMatchObject({
    totalDeviceCount: identities,
  });
  printFigures('most memory', {
    identities,
    ...Object.fromEntries([...peaks].map(([name, bytes]) => [name, mebibytes(bytes)])),
  });
  expect(peaks.get('file-upload')).toBeLessThan(residentBytesMax);
});
