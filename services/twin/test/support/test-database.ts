import { randomUUID } from 'node:crypto';
import { createLogger } from '@linchpin/platform/logging';
import { migrate, openDatabase, type Database } from '@linchpin/platform/postgres';
import { testEngines } from '@linchpin/testing';
import { sql } from 'kysely';
import { migrationsFolder } from '../../src/migrations-folder.js';
import type { TwinTables } from '../../src/postgres/schema.js';

export type TestDatabase = Database<TwinTables> & { readonly schema: string };

/** The tables, in a schema of its own that goes when it is closed. */
export async function openTestDatabase(migrations = migrationsFolder): Promise<TestDatabase> {
  const schema = `twin_${randomUUID().replaceAll('-', '')}`;
  const logger = createLogger({ service: 'test', level: 'silent' });
  const { postgresUrl: url } = testEngines();
  const database = openDatabase<TwinTables>({ url, schema, connectionsMax: 5, logger });
  await migrate(database.db, schema, migrations);
  return {
    ...database,
    schema,
    close: async () => {
      await sql`drop schema ${sql.id(schema)} cascade`.execute(database.db);
      await database.close();
    },
  };
}
