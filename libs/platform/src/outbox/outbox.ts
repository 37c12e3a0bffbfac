import { sql, type Generated, type Kysely, type Transaction } from 'kysely';

/** The table that each service with events keeps in its schema, made by a migration of its own. */
export interface OutboxTable {
  id: Generated<string>;
  topic: string;
  key: Buffer;
  value: Buffer;
}

export interface OutboxTables {
  outbox: OutboxTable;
}

export interface OutboxEvent {
  readonly topic: string;
  readonly key: string;
  readonly value: Uint8Array;
}

/** The channel on which a commit says that the outbox has something new. */
export function outboxChannel(schema: string): string {
  return `${schema}_outbox`;
}

/**
 * Writes an event in the transaction of the change that it tells of: there is no event without its
 * change and no change without its event. The relay hears of it when the transaction commits.
 */
export async function writeOutbox<Tables extends OutboxTables>(
  transaction: Transaction<Tables>,
  schema: string,
  { topic, key, value }: OutboxEvent,
): Promise<void> {
  const tables = transaction as unknown as Kysely<OutboxTables>;
  await tables
    .insertInto('outbox')
    .values({ topic, key: Buffer.from(key), value: Buffer.from(value) })
    .execute();
  await sql`select pg_notify(${outboxChannel(schema)}, '')`.execute(tables);
}
