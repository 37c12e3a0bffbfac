import { answering } from '@linchpin/platform/postgres';
import { sql, type Kysely, type RawBuilder } from 'kysely';
import type { MessageEvents } from '../domain/message-queue.js';
import type { Recipient } from '../domain/recipient.js';
import { endMessages, heldColumns } from './message-ends.js';
import { queueColumns, unnestedQueueKeys } from './queue-key.js';
import type { CloudToDeviceTables } from './schema.js';

interface BegunSubscription {
  readonly recipient: Recipient;
  /** By `performance.now()`. */
  readonly subscribedMs: number;
}

/** Ends what waits for a recipient, locked or not. */
export class MessagePurges {
  constructor(
    private readonly db: Kysely<CloudToDeviceTables>,
    private readonly events: Pick<MessageEvents, 'purged'>,
  ) {}

  /** @returns how many */
  purge(recipient: Recipient): Promise<number> {
    return this.#purge(
      this.db,
      sql`
        from unnest(${unnestedQueueKeys([recipient])}) as given (${queueColumns})
        join queues using (${queueColumns})
        join messages using (queue_id)`,
    );
  }

  /**
   * Of each what is older than its subscription, where the owner of its hub has chosen it. Subscriptions age while a
   * connection is waited for: what is sent meanwhile stays.
   */
  async purgeAtNewSubscriptions(begun: readonly BegunSubscription[]): Promise<void> {
    await answering(
      this.db.connection().execute((connection) => this.#purge(connection, olderThan(begun))),
    );
  }

  /** @param found names `messages` */
  async #purge(db: Kysely<CloudToDeviceTables>, found: RawBuilder<unknown>): Promise<number> {
    const ended = await endMessages(
      db,
      sql`
        select ${heldColumns}, 0 as settlement, 'Purged'::text as outcome ${found}
        order by sequence_number
        for update of messages`,
    );
    this.events.purged(ended.length);
    return ended.length;
  }
}

function olderThan(begun: readonly BegunSubscription[]): RawBuilder<unknown> {
  const nowMs = performance.now();
  return sql`
    from unnest(
      ${unnestedQueueKeys(begun.map(({ recipient }) => recipient))},
      ${begun.map(({ subscribedMs }) => nowMs - subscribedMs)}::double precision[]
    ) as given (${queueColumns}, age_ms)
    join queues using (${queueColumns})
    join hubs using (hub_generation)
    join messages using (queue_id)
    where purge_on_new_subscription
      and enqueued_time <= now() - make_interval(secs => age_ms / 1000)`;
}
