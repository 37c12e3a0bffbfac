import { answering, DeletedHubs } from '@linchpin/platform/postgres';
import type { HubId } from '@linchpin/wire';
import { sql, type Kysely } from 'kysely';
import type { HubCopies } from '../domain/hub-copies.js';
import type { TwinTables } from './schema.js';

/** Rows of one statement, which takes some tenths of a second. */
const removedAtOnce = 1_000;

export class PostgresHubCopies implements HubCopies {
  readonly #deleted: DeletedHubs;

  constructor(private readonly db: Kysely<TwinTables>) {
    this.#deleted = new DeletedHubs(db, { table: 'identities', key: 'twin_id', removedAtOnce });
  }

  markDeleted(hubGeneration: string): Promise<void> {
    return this.#deleted.mark(hubGeneration);
  }

  removeSomeOfDeleted(): Promise<boolean> {
    return this.#deleted.removeSome();
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
}
