import { answering } from '@linchpin/platform/postgres';
import type { HubId } from '@linchpin/wire';
import { sql, type Kysely } from 'kysely';
import type { HubCopies } from '../domain/hub-copies.js';
import type { TwinTables } from './schema.js';

/** Rows of one statement, which takes some tenths of a second. */
const removedAtOnce = 1_000;
/** Longer than records stay in the topics by which somebody may still tell of the hub. */
const rememberedDays = 8;

export class PostgresHubCopies implements HubCopies {
  constructor(private readonly db: Kysely<TwinTables>) {}

  async markDeleted(hubGeneration: string): Promise<void> {
    const query = this.db
      .insertInto('deleted_hubs')
      .values({ hub_generation: hubGeneration, deleted_time: new Date() })
      .onConflict((conflict) => conflict.doNothing());
    await answering(query.execute());
  }

  async removeSomeOfDeleted(): Promise<boolean> {
    const removed = await answering(
      sql`
        delete from identities
        where twin_id in (
          select twin_id from identities
          join deleted_hubs using (hub_generation)
          limit ${removedAtOnce}
        )`.execute(this.db),
    );
    if (removed.numAffectedRows === 0n) {
      await answering(
        sql`delete from deleted_hubs where deleted_time < now() - make_interval(days => ${rememberedDays})`.execute(
          this.db,
        ),
      );
    }
    return removed.numAffectedRows === BigInt(removedAtOnce);
  }

  async findUncopied(hubs: readonly HubId[]): Promise<readonly HubId[]> {
    const rows = await answering(
      this.db
        .selectFrom('copied_hubs')
        .select('hub_generation')
        .where('hub_generation', 'in', [...hubs.map(({ hubGeneration }) => hubGeneration), '0'])
        .execute(),
    );
    const copied = new Set(rows.map((row) => row.hub_generation));
    return hubs.filter(({ hubGeneration }) => !copied.has(hubGeneration));
  }

  async markCopied(hubGeneration: string): Promise<void> {
    const query = this.db
      .insertInto('copied_hubs')
      .values({ hub_generation: hubGeneration })
      .onConflict((conflict) => conflict.doNothing());
    await answering(query.execute());
  }
}
