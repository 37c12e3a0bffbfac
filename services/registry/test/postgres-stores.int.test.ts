import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { KeyCipher } from '@linchpin/platform/sealing';
import { sql } from 'kysely';
import { bulkIdentityStoreContract } from '../src/domain/bulk-identity-store.contract.js';
import { caCertificateStoreContract } from '../src/domain/ca-certificate-store.contract.js';
import { connectionStatesContract } from '../src/domain/connection-states.contract.js';
import { consumerGroupStoreContract } from '../src/domain/consumer-group-store.contract.js';
import { credentialStoreContract } from '../src/domain/credential-store.contract.js';
import { hubContentStoreContract } from '../src/domain/hub-content-store.contract.js';
import { defaultChoice } from '../src/domain/hub-content.js';
import { hubStoreContract } from '../src/domain/hub-store.contract.js';
import { identityStoreContract } from '../src/domain/identity-store.contract.js';
import { defaultCloudToDevice, defaultKeptProperties } from '../src/domain/kept-properties.js';
import { hubDefinition, identityContent, samplePolicies } from '../src/domain/samples.fake.js';
import { hubIdOf, type Stores } from '../src/domain/stores.fake.js';
import { PostgresRecipients } from '../src/postgres/postgres-recipients.js';
import {
  openTestDatabase,
  postgresStores,
  testMasterKey,
  type TestDatabase,
} from './support/postgres-stores.js';

let database: TestDatabase;
let opened: Stores;

beforeAll(async () => {
  database = await openTestDatabase();
  opened = postgresStores(database);
});

afterAll(() => database.close());

const stores = (): Stores => opened;
hubStoreContract('PostgreSQL', stores);
hubContentStoreContract('PostgreSQL', stores);
consumerGroupStoreContract('PostgreSQL', stores);
identityStoreContract('PostgreSQL', stores);
bulkIdentityStoreContract('PostgreSQL', stores);
credentialStoreContract('PostgreSQL', stores);
connectionStatesContract('PostgreSQL', stores);
caCertificateStoreContract('PostgreSQL', stores);

test('who lists consumer groups waits for nobody who adds devices to the hub', async () => {
  const { name } = hubDefinition(`Hub-${randomUUID().slice(0, 18)}`);
  await opened.hubs.insert(hubDefinition(name), samplePolicies);
  await opened.consumerGroups.insert(name, 'readers', 20);
  await database.db.transaction().execute(async (transaction) => {
    await sql`select 1 from hubs where name = ${name} for share`.execute(transaction);
    expect(await opened.consumerGroups.list(name)).toEqual(['readers']);
  });
});

test('settings of a hub that an older version wrote are those that it kept', async () => {
  const hub = `Hub-${randomUUID().slice(0, 18)}`;
  const cloudToDevice = { ...defaultCloudToDevice, defaultTtlAsIso8601: 'P1D' };
  const kept = { ...defaultKeptProperties, cloudToDevice };
  await opened.hubs.insert(hubDefinition(hub), samplePolicies, { ...defaultChoice, kept });
  await opened.hubs.activate(hub);
  await opened.identities.insertDevice(hub, identityContent(), []);
  const hubId = await hubIdOf(opened, hub);
  const recipients = new PostgresRecipients({ database, cipher: new KeyCipher([testMasterKey]) });
  const id = { deviceId: 'd1', moduleId: undefined };
  const now = await recipients.get(hubId, id);

  await sql`update hubs set cloud_to_device = null where name = ${hub}`.execute(database.db);

  expect(await recipients.get(hubId, id)).toEqual(now);
  expect(now.settings).toMatchObject({ defaultTtlSeconds: 86_400, purgeOnNewSubscription: false });
});
