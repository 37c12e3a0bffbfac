import { sql, type ColumnType, type Generated, type Kysely, type Transaction } from 'kysely';

/** The table that each service with events keeps in its schema, made by a migration of its own. */
interface OutboxTable {
  id: Generated<string>;
  topic: string;
  key: Buffer;
  value: Buffer;
  /** Pairs of name and value, as JSON. */
  headers: ColumnType<readonly OutboxHeader[], string | undefined, never>;
}

type OutboxHeader = readonly [name: string, value: string];

export interface OutboxTables {
  outbox: OutboxTable;
}

interface OutboxEvent {
  readonly topic: string;
  readonly key: string;
  readonly value: Uint8Array;
}

/** The channel on which it is said that the outbox has something new. */
export function outboxChannel(schema: string): string {
  return `${schema}_outbox`;
}

/**
 * Writes events in the transaction of the changes that they tell of: there is no event without its
 * change and no change without its event. The relay hears of them when the transaction commits.
 */
export async function writeOutbox<Tables extends OutboxTables>(
  transaction: Transaction<Tables>,
  schema: string,
  events: readonly OutboxEvent[],
): Promise<void> {
  if (events.length === 0) {
    return;
  }
  const tables = transaction as unknown as Kysely<OutboxTables>;
  const rows = events.map(({ topic, key, value }) => ({
    topic,
    key: Buffer.from(key),
    value: Buffer.from(value),
  }));
  await tables.insertInto('outbox').values(rows).execute();
  await sql`select pg_notify(${outboxChannel(schema)}, '')`.execute(tables);
}
