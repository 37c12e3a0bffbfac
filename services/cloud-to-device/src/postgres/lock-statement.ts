/** The statement that hands messages out, of many queues at once. */
import { sql, type RawBuilder } from 'kysely';
import type { LockRequest } from '../domain/message-queue.js';
import { queueColumns, unnestedQueueKeys } from './queue-key.js';
import { toUuid } from './uuid-bytes.js';

/** `request` counts from 1. */
export interface LockedRow {
  readonly request: string;
  readonly sequence_number: string;
  readonly lock_token: string;
  readonly enqueued_time: Date;
  readonly delivery_count: number;
  readonly expiry_time: Date;
  readonly content: Buffer;
}

/** Others wait behind what the request was given. */
export interface CutRow {
  readonly request: string;
  readonly sequence_number: null;
}

/** Of one answer; the message that goes beyond is the last. */
const answerBytesMax = 128 * 1024;

/**
 * Locks for each request what it is given: as many of the oldest as it may have. Rows that somebody has at this moment
 * are passed over; a connection is given nothing that stands behind them.
 *
 * @param requests each of another queue
 */
export function lockStatement(requests: readonly LockRequest[]): RawBuilder<LockedRow | CutRow> {
  const connections = requests.map(({ connection }) => connection);
  const available = availableTo(connections.flatMap((each) => each?.heldLockTokens ?? []));
  return sql<LockedRow | CutRow>`
    with asked as (
      select queue_id, sequence, nullif(number, 0) as number, at_most, lock_seconds, request
      from unnest(
        ${unnestedQueueKeys(requests.map(({ recipient }) => recipient))},
        ${connections.map((connection) => connection?.sequence ?? null)}::text[],
        ${connections.map((connection) => connection?.callNumber.toString() ?? null)}::bigint[],
        ${requests.map(({ limit }) => limit)}::int[],
        ${requests.map(({ lockSeconds }) => lockSeconds)}::int[]
      ) with ordinality as given (${queueColumns}, sequence, number, at_most, lock_seconds, request)
      join queues using (${queueColumns})
    ), chosen as (
      select request, sequence, number, lock_seconds, sequence_number, bytes
      from asked cross join lateral (
        select sequence_number, octet_length(content) as bytes ${available}
        for update skip locked
      ) as found
    ), passed_over as (
      select request, min(sequence_number) as next
      from asked cross join lateral (select sequence_number ${available}) as found
      where sequence is not null and sequence_number not in (select sequence_number from chosen)
      group by request
    ), summed as (
      select request, sequence, number, lock_seconds, sequence_number,
        sum(bytes) over (partition by request order by sequence_number) - bytes as before
      from chosen
    ), judged as (
      select request, sequence, number, lock_seconds, sequence_number,
        before >= ${answerBytesMax} or coalesce(sequence_number > next, false) as is_cut
      from summed left join passed_over using (request)
    ), locked as (
      update messages
      set lock_token = gen_random_uuid(),
          locked_until = now() + make_interval(secs => lock_seconds),
          connection_sequence = sequence,
          call_number = number
      from judged
      where messages.sequence_number = judged.sequence_number and not is_cut
      returning request, messages.sequence_number, lock_token, enqueued_time, delivery_count,
        expiry_time, content
    )
    select request, sequence_number, lock_token, enqueued_time, delivery_count, expiry_time, content
    from locked
    union all
    select request, null, null, null, null, null, null from passed_over
    union all
    select request, null, null, null, null, null, null from judged where is_cut
    order by request, sequence_number`;
}

export function isLocked(row: LockedRow | CutRow): row is LockedRow {
  return row.sequence_number !== null;
}

/**
 * The oldest that nobody has, or an earlier connection, or an earlier call of the connection that was not heard of. Of
 * one connection the later call is first, also where its lock is over. A comparison with a receiver that is no
 * connection is null, and one with a call that has no number: gateways of the version before count none.
 */
function availableTo(heldLockTokens: readonly Buffer[]) {
  return sql`
    from messages
    where messages.queue_id = asked.queue_id
      and expiry_time > now()
      and (
        locked_until is null
        or locked_until <= now()
        or (connection_sequence, coalesce(call_number, 0)) < (asked.sequence, asked.number)
      )
      and (connection_sequence = asked.sequence and call_number >= asked.number) is not true
      and (lock_token = any(${heldLockTokens.map(toUuid)}::uuid[])) is not true
    order by sequence_number
    limit at_most`;
}
