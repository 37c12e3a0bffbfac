/** The stores over a real PostgreSQL, in a schema of the test file's own. */
import {
  RegistryChange as RegistryChangeMessage,
  toIdentity,
  type Identity as IdentityMessage,
} from '@linchpin/contracts';
import { KeyCipher, type MasterKey } from '@linchpin/platform/sealing';
import {
  openTestDatabase as openDatabase,
  type TestDatabase as Database,
} from '@linchpin/testing/postgres';
import type { IdentityFacts, RegistryChange } from '../../src/domain/registry-change.js';
import type { Stores } from '../../src/domain/stores.fake.js';
import { migrationsFolder } from '../../src/migrations-folder.js';
import { PostgresBulkIdentityStore } from '../../src/postgres/postgres-bulk-identity-store.js';
import { PostgresCaCertificateStore } from '../../src/postgres/postgres-ca-certificate-store.js';
import { PostgresConnectionStates } from '../../src/postgres/postgres-connection-states.js';
import { PostgresConsumerGroupStore } from '../../src/postgres/postgres-consumer-group-store.js';
import { PostgresCredentialStore } from '../../src/postgres/postgres-credential-store.js';
import { PostgresHubContentStore } from '../../src/postgres/postgres-hub-content-store.js';
import { PostgresHubStore } from '../../src/postgres/postgres-hub-store.js';
import { PostgresIdentityCounts } from '../../src/postgres/postgres-identity-counts.js';
import { PostgresIdentityStore } from '../../src/postgres/postgres-identity-store.js';
import type { RegistryTables } from '../../src/postgres/schema.js';

export type TestDatabase = Database<RegistryTables>;

export const testMasterKey: MasterKey = { id: 'k1', key: Buffer.alloc(32, 7) };

export function openTestDatabase(): Promise<TestDatabase> {
  return openDatabase<RegistryTables>({
    service: 'registry',
    migrations: migrationsFolder,
    connectionsMax: 20,
  });
}

export function postgresStores(
  database: TestDatabase,
  masterKeys: readonly [MasterKey, ...MasterKey[]] = [testMasterKey],
): Stores {
  const { db } = database;
  const cipher = new KeyCipher(masterKeys);
  const changeLog = { schema: database.schema, topic: 'changes' };
  return {
    hubs: new PostgresHubStore({ db, turns: db, cipher, changeLog }),
    contents: new PostgresHubContentStore({ db, cipher, changeLog }),
    consumerGroups: new PostgresConsumerGroupStore(db),
    identities: new PostgresIdentityStore({ db, cipher, changeLog }),
    bulk: new PostgresBulkIdentityStore({ db, cipher, changeLog }),
    counts: new PostgresIdentityCounts(db),
    states: new PostgresConnectionStates(db),
    credentials: new PostgresCredentialStore({ database, cipher }),
    certificates: new PostgresCaCertificateStore({ db, cipher, changeLog }),
    changes: () => readChanges(database),
  };
}

async function readChanges({ db }: TestDatabase): Promise<RegistryChange[]> {
  const rows = await db.selectFrom('outbox').select('value').orderBy('id').execute();
  return rows.map(({ value }) => {
    const { change, ...hub } = RegistryChangeMessage.decode(value);
    const { identity, ...others } = { identity: undefined, ...change?.value };
    const facts = identity && { identity: toFacts(identity) };
    return { kind: change?.$case, ...hub, ...others, ...facts } as RegistryChange;
  });
}

function toFacts(message: IdentityMessage): Partial<IdentityFacts> {
  return { ...toIdentity(message), cloudToDeviceMessageCount: undefined } as Partial<IdentityFacts>;
}
