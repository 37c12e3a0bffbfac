import { randomUUID } from 'node:crypto';
import { createLogger } from '@linchpin/platform/logging';
import { migrate, openDatabase, type Database } from '@linchpin/platform/postgres';
import { sql } from 'kysely';
import { testEngines } from '../engines.js';

export interface TestDatabase<Tables> extends Database<Tables> {
  readonly schema: string;
  /** Removes the schema, too. */
  close(): Promise<void>;
}

interface TestDatabaseOptions {
  /** Begins the name of the schema. */
  readonly service: string;
  /** The folder that makes the tables. */
  readonly migrations: string;
  readonly connectionsMax?: number;
}

/** The tables of a service over the test run's PostgreSQL, in a schema of their own. */
export async function openTestDatabase<Tables>({
  service,
  migrations,
  connectionsMax = 5,
}: TestDatabaseOptions): Promise<TestDatabase<Tables>> {
  const schema = `${service}_${randomUUID().replaceAll('-', '')}`;
  const logger = createLogger({ service: 'test', level: 'silent' });
  const { postgresUrl: url } = testEngines();
  const database = openDatabase<Tables>({ url, schema, connectionsMax, logger });
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
