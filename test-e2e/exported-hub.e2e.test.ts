/**
 * An export of a large hub through the real service, in bounded memory. Its identities are put into the
 * registry's table, with keys sealed as the registry seals them: quicker than an import. By hand:
 *
 *     LINCHPIN_EXPORTED_IDENTITIES=1000000 npm test -- e2e exported-hub
 */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { createSasToken, generateSymmetricKey } from '@linchpin/auth';
import { masterKeys } from '@linchpin/platform/config';
import { createLogger } from '@linchpin/platform/logging';
import { openDatabase, type Database } from '@linchpin/platform/postgres';
import { KeyCipher } from '@linchpin/platform/sealing';
import { BlobAccount, testEngines } from '@linchpin/testing';
import { administer, createHub, type ServiceAccess } from './support/administration.js';
import { hub } from './support/hub.js';
import { mebibytes } from './support/memory-watch.js';
import { printFigures } from './support/print-figures.js';
import { processState } from './support/processes.js';
import { residentBytesOf } from './support/resident-bytes.js';

jest.setTimeout(3_600_000);

const identities = Number(process.env['LINCHPIN_EXPORTED_IDENTITIES'] ?? 2_000);
const identitiesPerInsert = 5_000;

/** As for a copied hub: it does not grow with the hub. */
const residentBytesMax = 384 * 1_048_576;

const name = `Exported-${randomUUID().slice(0, 8)}`;
const blobs = new BlobAccount(testEngines().blobConnectionString);
let registry: Database<object>;
let access: ServiceAccess;
let container: string;

beforeAll(async () => {
  container = await blobs.createContainer();
  access = await createHub(name, `${name.toLowerCase()}.example.net`);
  registry = openDatabase({
    ...{ url: testEngines().postgresUrl, schema: 'registry' },
    ...{ connectionsMax: 1, statementTimeoutMs: 600_000 },
    logger: createLogger({ service: 'exported-hub', level: 'warn' }),
  });
});

afterAll(async () => {
  await registry.close();
  await administer('DELETE', `/${name}`);
  await blobs.deleteContainer(container);
});

/** `sealed-keys.ts` of the registry says which place a key has. */
async function seed(): Promise<void> {
  const text = readFileSync(join(hub.stateDir, 'secrets', 'master-keys'), 'utf8').trim();
  const cipher = new KeyCipher(masterKeys.parse(text));
  const sealAt = (deviceId: string, side: string, number: number): Buffer =>
    cipher.seal(generateSymmetricKey(), `identity/${name}/${deviceId}//${number}/${side}`);
  for (let first = 0; first < identities; first += identitiesPerInsert) {
    const count = Math.min(identitiesPerInsert, identities - first);
    const numbers = Array.from({ length: count }, (_, index) => first + index);
    const ids = numbers.map((number) => `device-${String(number).padStart(7, '0')}`);
    await registry.pool.query(
      `insert into identities (hub_id, device_id, module_id, generation_id, status,
         authentication_type, primary_key, secondary_key, iot_edge, parent_scopes)
       select hubs.id, one.id, '', one.number, 'enabled', 'sas', one.first, one.second, false, '{}'
       from hubs, unnest($2::text[], $3::bigint[], $4::bytea[], $5::bytea[])
         as one (id, number, first, second)
       where hubs.name = $1`,
      [
        name,
        ids,
        numbers,
        ids.map((id, index) => sealAt(id, 'primary', first + index)),
        ids.map((id, index) => sealAt(id, 'secondary', first + index)),
      ],
    );
  }
  await registry.pool.query('analyze identities');
}

interface Job {
  readonly jobId: string;
  readonly status: string;
  readonly progress: number;
}

async function ask(method: string, path: string, body?: object): Promise<Job> {
  const { host, owner } = access;
  const expiresAt = new Date(Date.now() + 3_600_000);
  const token = createSasToken({ audience: host, key: owner.key, policy: owner.name, expiresAt });
  const response = await fetch(`https://${hub.host}${path}?api-version=2021-04-12`, {
    method,
    headers: { Authorization: token, 'Content-Type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  expect(response.status).toBe(200);
  return (await response.json()) as Job;
}

test('a large hub is exported line by line, in bounded memory', async () => {
  await seed();
  const held = { 'file-upload': [] as number[], registry: [] as number[] };
  const begin = performance.now();
  let job = await ask('POST', '/jobs/create', {
    type: 'export',
    outputBlobContainerUri: blobs.containerUri(container),
    outputBlobName: 'devices.txt',
  });
  while (['enqueued', 'running'].includes(job.status)) {
    for (const [process_, bytes] of Object.entries(held)) {
      bytes.push(residentBytesOf(processState(process_ as keyof typeof held).pid ?? 0));
    }
    await delay(1_000);
    job = await ask('GET', `/jobs/${job.jobId}`);
  }
  const seconds = (performance.now() - begin) / 1_000;
  const text = (await blobs.read(container, 'devices.txt')) ?? '';
  printFigures('export', {
    identities,
    took: `${seconds.toFixed(1)} s`,
    'a second': identities / seconds,
    blob: mebibytes(text.length),
    'RSS of file-upload over time': tenOf(held['file-upload']),
    'RSS of registry over time': tenOf(held.registry),
  });
  expect(job).toMatchObject({ status: 'completed', progress: 100 });
  expect(text.split('\n')).toHaveLength(identities + 1);
  expect(Math.max(...held['file-upload'])).toBeLessThan(residentBytesMax);
});

/** Ten of them and the greatest. */
function tenOf(bytes: readonly number[]): string {
  const step = Math.max(1, Math.ceil(bytes.length / 10));
  const shown = bytes.filter((_, index) => index % step === 0).map(mebibytes);
  return `${shown.join(' ')}, at most ${mebibytes(Math.max(...bytes))}`;
}
