import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Migrator, sql, type Kysely, type Migration, type MigrationProvider } from 'kysely';

/**
 * Brings a service's schema up to date: plain `.sql` files, numbered (`0001_create_hubs.sql`), each
 * run once and in order, in one transaction, under a lock so that several processes may try at once.
 *
 * @throws Error naming the migration that failed; nothing of the run is kept then
 */
export async function migrate<Tables>(
  db: Kysely<Tables>,
  schema: string,
  directory: string,
): Promise<readonly string[]> {
  await sql`create schema if not exists ${sql.id(schema)}`.execute(db);
  const { error, results } = await createMigrator(db, schema, directory).migrateToLatest();
  if (error !== undefined) {
    const failed = results?.find(({ status }) => status === 'Error');
    throw new Error(`Migration ${failed?.migrationName ?? ''} of ${schema} failed`, {
      cause: error,
    });
  }
  return (results ?? []).map(({ migrationName }) => migrationName);
}

/**
 * @throws Error when the schema lacks a migration: an older schema than this code needs
 */
export async function checkMigrated<Tables>(
  db: Kysely<Tables>,
  schema: string,
  directory: string,
): Promise<void> {
  const migrations = await createMigrator(db, schema, directory).getMigrations();
  const missing = migrations.filter(({ executedAt }) => executedAt === undefined);
  if (missing.length > 0) {
    const names = missing.map(({ name }) => name).join(', ');
    throw new Error(`The schema ${schema} lacks ${names}: run the service's prepare step first`);
  }
}

function createMigrator<Tables>(db: Kysely<Tables>, schema: string, directory: string): Migrator {
  return new Migrator({
    db,
    migrationTableSchema: schema,
    provider: new SqlFileProvider(directory),
  });
}

class SqlFileProvider implements MigrationProvider {
  constructor(private readonly directory: string) {}

  async getMigrations(): Promise<Record<string, Migration>> {
    const names = (await readdir(this.directory)).filter((name) => name.endsWith('.sql'));
    const migrations = names.map(async (name) => {
      const text = await readFile(join(this.directory, name), 'utf8');
      return [name, { up: (db: Kysely<unknown>) => sql.raw(text).execute(db) }] as const;
    });
    return Object.fromEntries(await Promise.all(migrations)) as unknown as Record<
      string,
      Migration
    >;
  }
}
