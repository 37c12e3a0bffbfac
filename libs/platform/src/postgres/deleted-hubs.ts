import { sql, type QueryExecutorProvider, type QueryResult, type RawBuilder } from 'kysely';
import { answering } from './database.js';

interface DeletedHubsOptions {
  /** It has a column `hub_generation`; what hangs on its rows goes with them. */
  readonly table: string;
  readonly key: string;
  /** Rows of one statement, which should take some tenths of a second. */
  readonly removedAtOnce: number;
}

/** Longer than records stay in the topics by which somebody may still tell of the hub. */
const rememberedDays = 8;

/**
 * Removes what a service keeps of hubs that were deleted, in the background, and what comes late. It notes them in
 * its table `deleted_hubs`, of columns hub_generation and deleted_time.
 */
export class DeletedHubs {
  constructor(
    private readonly db: QueryExecutorProvider,
    private readonly options: DeletedHubsOptions,
  ) {}

  /** What is there goes by `removeSome`. */
  async mark(hubGeneration: string): Promise<void> {
    await this.#run(sql`
      insert into deleted_hubs (hub_generation, deleted_time)
      values (${hubGeneration}, ${new Date()}) on conflict do nothing`);
  }

  /**
   * In two statements: only one that names the hubs is planned by the index, and most often none has rows.
   *
   * @returns whether there may be more
   */
  async removeSome(): Promise<boolean> {
    const { removedAtOnce } = this.options;
    const deleted = await this.#run(
      sql<{ hub_generation: string }>`select hub_generation from deleted_hubs`,
    );
    if (deleted.rows.length === 0) {
      return false;
    }
    const table = sql.table(this.options.table);
    const key = sql.ref(this.options.key);
    const hubs = deleted.rows.map((row) => row.hub_generation);
    // Rows that another process removes at this moment are left to it.
    const removed = await this.#run(sql`
      with gone as (
        select ${key} from ${table}
        where hub_generation = any(${hubs}::bigint[])
        limit ${removedAtOnce}
        for update skip locked
      )
      delete from ${table} using gone where ${table}.${key} = gone.${key}`);
    if (removed.numAffectedRows === 0n) {
      await this.#run(sql`
        delete from deleted_hubs
        where deleted_time < now() - make_interval(days => ${rememberedDays})`);
    }
    return removed.numAffectedRows === BigInt(removedAtOnce);
  }

  #run<Row>(statement: RawBuilder<Row>): Promise<QueryResult<Row>> {
    return answering(statement.execute(this.db));
  }
}
