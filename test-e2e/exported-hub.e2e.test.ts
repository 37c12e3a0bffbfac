/**
 * An export of a large hub through the real service, in bounded memory. Its identities are put into the
 * registry's table, with keys sealed as the registry seals them: quicker than an import. By hand:
 *
 *     LINCHPIN_EXPORTED_IDENTITIES=1000000 npm test -- e2e exported-hub
 */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { generateSymmetricKey } from '@linchpin/auth';
import { masterKeys } from '@linchpin/platform/config';
import { createLogger } from '@linchpin/platform/logging';
import { openDatabase, type Database } from '@linchpin/platform/postgres';
import { KeyCipher } from '@linchpin/platform/sealing';
import { BlobAccount, testEngines } from '@linchpin/testing';
import { administer, createHub, type ServiceAccess } from './support/administration.js';
import { hub } from './support/hub.js';
import { printFigures } from './support/print-figures.js';
import { mebibytes } from './support/resident-bytes.js';
import { runJob } from './support/run-job.js';

jest.setTimeout(3_600_000);

const identities = Number(process.env['LINCHPIN_EXPORTED_IDENTITIES'] ?? 2_000);
const identitiesPerInsert = 5_000;

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

test('a large hub is exported line by line, in bounded memory', async () => {
  await seed();

  await runJob({
    title: 'export',
    access,
    work: {
      type: 'export',
      outputBlobContainerUri: blobs.containerUri(container),
      outputBlobName: 'devices.txt',
    },
    identities,
  });

  const text = (await blobs.read(container, 'devices.txt')) ?? '';
  printFigures('exported', { blob: mebibytes(text.length) });
  expect(text.split('\n')).toHaveLength(identities + 1);
});
