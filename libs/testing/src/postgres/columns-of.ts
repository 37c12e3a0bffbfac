import { sql } from 'kysely';
import type { TestDatabase } from './test-database.js';

/** Columns of each table of a service, as information_schema has them, with a question mark when one may be null. */
export type Columns<Tables> = {
  readonly [Table in keyof Tables]: Readonly<Record<keyof Tables[Table], string>>;
};

/** Those that the migrations have made. */
export async function columnsOf<Tables>(
  database: TestDatabase<Tables>,
): Promise<Record<string, Record<string, string>>> {
  const { rows } = await sql<{ table: string; name: string; type: string; nullable: string }>`
    select table_name as table, column_name as name, data_type as type, is_nullable as nullable
    from information_schema.columns
    where table_schema = ${database.schema} and table_name not like 'kysely%'`.execute(database.db);
  const columns: Record<string, Record<string, string>> = {};
  for (const { table, name, type, nullable } of rows) {
    columns[table] = { ...columns[table], [name]: nullable === 'YES' ? `${type}?` : type };
  }
  return columns;
}
