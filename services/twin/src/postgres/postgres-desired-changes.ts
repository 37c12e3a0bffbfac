import { answering } from '@linchpin/platform/postgres';
import { sql, type Kysely } from 'kysely';
import type { DesiredChanges, WaitingChanges } from '../domain/desired-notifier.js';
import type { TwinTables } from './schema.js';

/** Of one call: a change has 400 KB at most, and a call 4 MiB. */
const changesMax = 8;
const overdueMs = 2_000;
const overdueMax = 200;

export class PostgresDesiredChanges implements DesiredChanges {
  constructor(private readonly db: Kysely<TwinTables>) {}

  async findWaiting(twinId: string): Promise<WaitingChanges | undefined> {
    const query = this.db
      .selectFrom('desired_changes')
      .innerJoin('identities', 'identities.twin_id', 'desired_changes.twin_id')
      .select([
        'id',
        'version',
        'json',
        'committed_at',
        'hub',
        'hub_generation',
        'device_id',
        'module_id',
        'generation_id',
      ])
      .where('desired_changes.twin_id', '=', twinId)
      .orderBy('id')
      .limit(changesMax);
    const rows = await answering(query.execute());
    const [first] = rows;
    return (
      first && {
        subject: {
          hub: first.hub,
          hubGeneration: first.hub_generation,
          deviceId: first.device_id,
          moduleId: first.module_id === '' ? undefined : first.module_id,
          generationId: first.generation_id,
        },
        changes: rows.map(({ id, version, json, committed_at: committedAt }) => ({
          ...{ id, json, committedAt },
          version: Number(version),
        })),
      }
    );
  }

  async remove(ids: readonly string[]): Promise<void> {
    const query = this.db
      .deleteFrom('desired_changes')
      .where('id', '=', sql<string>`any(${ids}::bigint[])`);
    await answering(query.execute());
  }

  async listOverdue(): Promise<readonly { readonly hub: string; readonly twinId: string }[]> {
    const oldest = this.db
      .selectFrom('desired_changes')
      .select('twin_id')
      .where('committed_at', '<', sql<Date>`now() - make_interval(secs => ${overdueMs / 1_000})`)
      .groupBy('twin_id')
      .orderBy(sql`min(id)`)
      .limit(overdueMax);
    const query = this.db
      .selectFrom('identities')
      .select(['hub', 'twin_id as twinId'])
      .where('twin_id', 'in', oldest);
    return answering(query.execute());
  }
}
