import { requireAnswer, stopAll } from '@linchpin/platform/lifecycle';
import type { Logger } from '@linchpin/platform/logging';
import { checkMigrated, openDatabase, type Database } from '@linchpin/platform/postgres';
import { HttpBlobStore } from './blob/http-blob-store.js';
import { HttpUploadStores } from './blob/http-upload-stores.js';
import { connectRegistry, type RegistryConnection } from './clients/registry-connection.js';
import type { FileUploadConfig } from './config.js';
import { migrationsFolder } from './migrations-folder.js';
import type { FileUploadTables } from './postgres/schema.js';

/** Its transactions wait for nothing but PostgreSQL. */
const transactionIdleMsMax = 5_000;

/** What file-upload reaches out to. */
export interface Outside {
  readonly database: Database<FileUploadTables>;
  readonly connection: RegistryConnection;
  /** For jobs. */
  readonly blobs: HttpBlobStore;
  /** For what devices upload. */
  readonly uploadStores: HttpUploadStores;
  close(): Promise<void>;
}

/**
 * Opens everything, and checks that PostgreSQL answers and that the tables are of this version.
 *
 * @throws Error that says what is missing
 */
export async function openOutside(config: FileUploadConfig, logger: Logger): Promise<Outside> {
  const { postgres, postgresConnectionsMax: connectionsMax } = config;
  const database = openDatabase<FileUploadTables>({
    ...postgres,
    ...{ connectionsMax, transactionIdleMsMax, logger },
  });
  try {
    await requireAnswer('PostgreSQL', 'LINCHPIN_POSTGRES_URL', () => database.ping());
    await checkMigrated(database.db, postgres.schema, migrationsFolder);
  } catch (error) {
    await database.close();
    throw error;
  }
  const connection = connectRegistry(config.registry);
  const blobs = new HttpBlobStore(config.blobStore);
  const uploadStores = new HttpUploadStores({ ...config.blobStore, identity: config.identity });
  return {
    database,
    connection,
    blobs,
    uploadStores,
    close: () =>
      stopAll([
        () => database.close(),
        () => {
          blobs.close();
        },
        () => {
          uploadStores.close();
        },
        () => {
          connection.close();
        },
      ]),
  };
}
