import { answering } from '@linchpin/platform/postgres';
import { sql, type Kysely, type Transaction } from 'kysely';
import type { ConsumerGroupStore } from '../domain/consumer-group-store.js';
import { noSuchHub, tooManyConsumerGroups } from '../domain/registry-errors.js';
import { writeAudit } from './audit-entries.js';
import type { RegistryTables } from './schema.js';
import { isStorable } from './storable.js';

export class PostgresConsumerGroupStore implements ConsumerGroupStore {
  constructor(private readonly db: Kysely<RegistryTables>) {}

  async list(hub: string): Promise<readonly string[]> {
    if (!isStorable(hub)) {
      throw noSuchHub();
    }
    const rows = await answering(
      this.db
        .selectFrom('hubs')
        .leftJoin('consumer_groups as groups', 'groups.hub_id', 'hubs.id')
        .select('groups.name')
        .where(sql`lower(hubs.name)`, '=', hub.toLowerCase())
        .orderBy(sql`lower(groups.name)`)
        .execute(),
    );
    if (rows.length === 0) {
      throw noSuchHub();
    }
    return rows.flatMap(({ name }) => name ?? []);
  }

  async insert(hub: string, name: string, groupsMax: number): Promise<boolean> {
    return this.#change(hub, async (transaction, hubId) => {
      const groups = await transaction
        .selectFrom('consumer_groups')
        .select('name')
        .where('hub_id', '=', hubId)
        .execute();
      if (groups.some((group) => group.name.toLowerCase() === name.toLowerCase())) {
        return false;
      }
      if (groups.length >= groupsMax) {
        throw tooManyConsumerGroups();
      }
      await transaction.insertInto('consumer_groups').values({ hub_id: hubId, name }).execute();
      const subject = { consumerGroup: name };
      await writeAudit(transaction, hub, [{ operation: 'CreateConsumerGroup', subject }]);
      return true;
    });
  }

  async delete(hub: string, name: string): Promise<boolean> {
    return this.#change(hub, async (transaction, hubId) => {
      const deleted = await transaction
        .deleteFrom('consumer_groups')
        .where('hub_id', '=', hubId)
        .where(sql`lower(name)`, '=', name.toLowerCase())
        .returning('name')
        .execute();
      const changes = deleted.map((group) => ({
        operation: 'DeleteConsumerGroup',
        subject: { consumerGroup: group.name },
      }));
      await writeAudit(transaction, hub, changes);
      return deleted.length > 0;
    });
  }

  /** Whoever changes groups of a hub holds its row, so that their number stands still. */
  async #change<Result>(
    hub: string,
    work: (transaction: Transaction<RegistryTables>, hubId: string) => Promise<Result>,
  ): Promise<Result> {
    if (!isStorable(hub)) {
      throw noSuchHub();
    }
    return answering(
      this.db.transaction().execute(async (transaction) => {
        const row = await transaction
          .selectFrom('hubs')
          .select('id')
          .where(sql`lower(name)`, '=', hub.toLowerCase())
          .forNoKeyUpdate()
          .executeTakeFirst();
        if (row === undefined) {
          throw noSuchHub();
        }
        return work(transaction, row.id);
      }),
    );
  }
}
