import { eventually } from '@linchpin/testing';
import { sql } from 'kysely';
import type { TestDatabase } from './postgres-stores.js';

/** Resolves once somebody waits for a row that another transaction has locked. */
export async function somebodyWaits({ db, schema }: TestDatabase): Promise<void> {
  await eventually(async () => {
    const waiting = await sql`
      select 1 from pg_stat_activity
      where wait_event_type = 'Lock' and application_name = ${`linchpin-${schema}`}`.execute(db);
    return waiting.rows.length > 0;
  });
}
