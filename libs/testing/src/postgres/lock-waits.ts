import { sql } from 'kysely';
import { eventually } from '../eventually.js';
import type { TestDatabase } from './test-database.js';

/** Resolves once somebody waits for a row that another transaction has locked. */
export async function somebodyWaits<Tables>({ db, schema }: TestDatabase<Tables>): Promise<void> {
  await eventually(async () => {
    const waiting = await sql`
      select 1 from pg_stat_activity
      where wait_event_type = 'Lock' and application_name = ${`linchpin-${schema}`}`.execute(db);
    return waiting.rows.length > 0;
  });
}
