/**
 * How messages leave their queues. Whoever ends one holds its row first, in the order of the queue: its end, and
 * what its sender is to hear of it, are one statement. Of messages that end together he hears in that order.
 */
import { answering } from '@linchpin/platform/postgres';
import type { FeedbackStatus } from '@linchpin/wire';
import { sql, type Kysely, type RawBuilder } from 'kysely';
import type { CloudToDeviceTables } from './schema.js';

export interface EndedMessage {
  /** As `held` numbers them. */
  readonly settlement: string;
  /** Null for a message that waits again. */
  readonly status: FeedbackStatus | null;
}

export const heldColumns = sql`sequence_number, delivery_count, max_delivery_count, call_number`;

/**
 * Ends the messages, or has them wait again.
 *
 * @param held selects, each row for update, `heldColumns`, `settlement`, and `outcome`: the status of its end, or
 *   `Abandon`, which counts as a delivery, or `Release`. No earlier call of the connection than `call_number` gets
 *   what waits again
 */
export async function endMessages(
  db: Kysely<CloudToDeviceTables>,
  held: RawBuilder<unknown>,
): Promise<readonly EndedMessage[]> {
  const { rows } = await answering(
    sql<EndedMessage>`
      with held as materialized (${held}
      ), judged as (
        select sequence_number, settlement, call_number,
          case
            when outcome not in ('Abandon', 'Release') then outcome
            when outcome = 'Abandon' and delivery_count + 1 >= max_delivery_count
              then 'DeliveryCountExceeded'
          end as status,
          case outcome when 'Abandon' then 1 else 0 end as deliveries
        from held
      ), ended as (
        delete from messages using judged
        where messages.sequence_number = judged.sequence_number and status is not null
        returning settlement, status, queue_id, message_id, ack, messages.sequence_number
      ), returned as (
        update messages
        set lock_token = null, locked_until = null, call_number = judged.call_number,
            delivery_count = delivery_count + deliveries
        from judged
        where messages.sequence_number = judged.sequence_number and status is null
        returning settlement
      ), told as (
        insert into feedback_records
          (hub_generation, device_id, module_id, generation_id, message_id, status, expiry_time)
        select hub_generation, device_id, module_id, generation_id, message_id, status,
          now() + make_interval(secs => feedback_ttl_seconds)
        from ended join queues using (queue_id) join hubs using (hub_generation)
        where ack in ('full', case status when 'Success' then 'positive' else 'negative' end)
        order by sequence_number
      )
      select settlement, status from ended
      union all
      select settlement, null from returned`.execute(db),
  );
  return rows;
}
