import {
  openTestDatabase as openDatabase,
  type TestDatabase as Database,
} from '@linchpin/testing/postgres';
import { migrationsFolder } from '../../src/migrations-folder.js';
import type { FileUploadTables } from '../../src/postgres/schema.js';

export type TestDatabase = Database<FileUploadTables>;

/** @param migrations of an earlier version, where a test begins with it */
export function openTestDatabase(migrations = migrationsFolder): Promise<TestDatabase> {
  return openDatabase<FileUploadTables>({ service: 'file_upload', migrations });
}
