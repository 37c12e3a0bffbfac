/** For tests of what is asked of PostgreSQL, without one. */
import {
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
} from 'kysely';
import type { RegistryTables } from './schema.js';

/** Compiles, and never connects. */
export const compilingDatabase = new Kysely<RegistryTables>({
  dialect: {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  },
});

/** A clause a line. */
export function readable(sql: string): string {
  return sql
    .replaceAll('"', '')
    .replace(/ (?=(?:from|inner join|left join|where|and hubs)\b)/g, '\n');
}
