import { answering, Gathering } from '@linchpin/platform/postgres';
import { sql, type Kysely } from 'kysely';
import type { LockedMessage, LockedMessages, LockRequest } from '../domain/message-queue.js';
import { queueColumns, queueKey, unnestedQueueKeys } from './queue-key.js';
import type { CloudToDeviceTables } from './schema.js';
import { toBytes } from './uuid-bytes.js';

/** Requests of one statement; their answers have some 4 MB together at most. */
const itemsMax = 16;
const runningMax = 2;
/** Of one answer; the message that goes beyond is the last. */
const answerBytesMax = 128 * 1024;

/** Hands messages out. Rows that somebody settles or gives back at this moment are passed over. */
export class MessageLocks {
  readonly #requests: Gathering<LockRequest, LockedMessages>;

  constructor(private readonly db: Kysely<CloudToDeviceTables>) {
    this.#requests = new Gathering({
      run: (some) => this.#lockSome(some),
      itemsMax,
      runningMax,
      keyOf: ({ recipient }) => queueKey(recipient),
    });
  }

  lock(request: LockRequest): Promise<LockedMessages> {
    return this.#requests.add(request);
  }

  async #lockSome(requests: readonly LockRequest[]): Promise<readonly LockedMessages[]> {
    const { rows } = await answering(statement(requests).execute(this.db));
    const messages = requests.map((): LockedMessage[] => []);
    const cut = new Set<number>();
    for (const row of rows) {
      const index = Number(row.request) - 1;
      messages[index]?.push(toMessage(row));
      if (row.is_cut) {
        cut.add(index);
      }
    }
    return requests.map(({ limit }, index) => {
      const some = messages[index] ?? [];
      return { messages: some, moreWait: some.length === limit || cut.has(index) };
    });
  }
}

/** A comparison with a receiver that is no connection is null, and so chooses nothing. */
function statement(requests: readonly LockRequest[]) {
  const connections = requests.map(({ connection }) => connection);
  return sql<LockedRow>`
    with asked as (
      select given.*, queue_id
      from unnest(
        ${unnestedQueueKeys(requests.map(({ recipient }) => recipient))},
        ${connections.map((connection) => connection?.sequence ?? null)}::text[],
        ${connections.map((connection) => connection?.keepsMessages ?? false)}::boolean[],
        ${requests.map(({ limit }) => limit)}::int[],
        ${requests.map(({ lockSeconds }) => lockSeconds)}::int[]
      ) with ordinality as given (${queueColumns}, sequence, keeps, at_most, lock_seconds, request)
      join queues using (${queueColumns})
    ), chosen as (
      select request, lock_seconds, sequence, found.sequence_number, bytes
      from asked cross join lateral (
        select sequence_number, octet_length(content) as bytes
        from messages
        where messages.queue_id = asked.queue_id
          and expiry_time > now()
          and (
            locked_until is null
            or locked_until <= now()
            or connection_sequence < asked.sequence
          )
          and not (keeps and coalesce(connection_sequence = asked.sequence, false))
        order by sequence_number
        limit at_most
        for update skip locked
      ) as found
    ), summed as (
      select *, sum(bytes) over (partition by request order by sequence_number) - bytes as before
      from chosen
    ), locked as (
      update messages
      set lock_token = gen_random_uuid(),
          locked_until = now() + make_interval(secs => lock_seconds),
          connection_sequence = sequence
      from summed
      where messages.sequence_number = summed.sequence_number and before < ${answerBytesMax}
      returning request, messages.sequence_number, lock_token, enqueued_time, delivery_count,
        expiry_time, content
    )
    select locked.*, exists (
      select from summed where summed.request = locked.request and before >= ${answerBytesMax}
    ) as is_cut
    from locked
    order by request, sequence_number`;
}

interface LockedRow {
  /** From 1, as `requests` has it. */
  readonly request: string;
  readonly sequence_number: string;
  readonly lock_token: string;
  readonly enqueued_time: Date;
  readonly delivery_count: number;
  readonly expiry_time: Date;
  readonly content: Buffer;
  readonly is_cut: boolean;
}

function toMessage(row: LockedRow): LockedMessage {
  return {
    lockToken: toBytes(row.lock_token),
    sequenceNumber: BigInt(row.sequence_number),
    enqueuedTime: row.enqueued_time,
    deliveryCount: row.delivery_count,
    expiryTime: row.expiry_time,
    content: row.content,
  };
}
