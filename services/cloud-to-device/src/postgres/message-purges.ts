import { sql, type Kysely, type RawBuilder } from 'kysely';
import type { MessageEvents } from '../domain/message-queue.js';
import type { Recipient } from '../domain/recipient.js';
import { endMessages, heldColumns } from './message-ends.js';
import { queueColumns, unnestedQueueKeys } from './queue-key.js';
import type { CloudToDeviceTables } from './schema.js';

/** Ends all that wait for a recipient, locked or not. */
export class MessagePurges {
  constructor(
    private readonly db: Kysely<CloudToDeviceTables>,
    private readonly events: Pick<MessageEvents, 'purged'>,
  ) {}

  /** @returns how many */
  purge(recipient: Recipient): Promise<number> {
    return this.#purge(queuesOf([recipient]));
  }

  /** The same for each, where the owner of its hub has chosen it. */
  async purgeAtNewSubscription(recipients: readonly Recipient[]): Promise<void> {
    await this.#purge(
      sql`${queuesOf(recipients)} join hubs using (hub_generation) where purge_on_new_subscription`,
    );
  }

  async #purge(queueIds: RawBuilder<unknown>): Promise<number> {
    const ended = await endMessages(
      this.db,
      sql`
        select ${heldColumns}, 0 as settlement, 'Purged'::text as outcome
        from messages
        where queue_id in (${queueIds})
        order by sequence_number
        for update`,
    );
    this.events.purged(ended.length);
    return ended.length;
  }
}

function queuesOf(recipients: readonly Recipient[]): RawBuilder<unknown> {
  return sql`
    select queue_id from unnest(${unnestedQueueKeys(recipients)}) as given (${queueColumns})
    join queues using (${queueColumns})`;
}
