import {
  openTestDatabase as openDatabase,
  type TestDatabase as Database,
} from '@linchpin/testing/postgres';
import { migrationsFolder } from '../../src/migrations-folder.js';
import type { TwinTables } from '../../src/postgres/schema.js';

export type TestDatabase = Database<TwinTables>;

export function openTestDatabase(): Promise<TestDatabase> {
  return openDatabase<TwinTables>({ service: 'twin', migrations: migrationsFolder });
}
