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

  /** In two statements: only one that names the hubs is planned by the index, and most often none has rows. */
  async removeSomeOfDeleted(): Promise<boolean> {
    const deleted = await answering(
      this.db.selectFrom('deleted_hubs').select('hub_generation').execute(),
    );
    if (deleted.length === 0) {
      return false;
    }
    const hubs = deleted.map((row) => row.hub_generation);
    // Rows that another process removes at this moment are left to it.
    const removed = await answering(
      sql`
        with gone as (
          select twin_id from identities
          where hub_generation = any(${hubs}::bigint[])
          limit ${removedAtOnce}
          for update skip locked
        )
        delete from identities using gone where identities.twin_id = gone.twin_id`.execute(this.db),
    );
    if (removed.numAffectedRows === 0n) {
      await this.#forgetOld();
    }
    return removed.numAffectedRows === BigInt(removedAtOnce);
  }

  async findUncopied(hubs: readonly HubId[]): Promise<readonly HubId[]> {
    const generations = hubs.map(({ hubGeneration }) => hubGeneration);
    const rows = await answering(
      this.db
        .selectFrom('copied_hubs')
        .select('hub_generation')
        .where('hub_generation', '=', sql<string>`any(${generations}::bigint[])`)
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

  async #forgetOld(): Promise<void> {
    const old = sql<Date>`now() - make_interval(days => ${rememberedDays})`;
    await answering(this.db.deleteFrom('deleted_hubs').where('deleted_time', '<', old).execute());
  }
}
