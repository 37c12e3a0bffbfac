import { answering, Gathering } from '@linchpin/platform/postgres';
import { sql, type Kysely } from 'kysely';
import type {
  LockedMessage,
  LockedMessages,
  LockRequest,
  Release,
} from '../domain/message-queue.js';
import type { Recipient } from '../domain/recipient.js';
import { endMessages, heldColumns } from './message-ends.js';
import type { MessagePurges } from './message-purges.js';
import { queueColumns, queueKey, unnestedQueueKeys } from './queue-key.js';
import type { CloudToDeviceTables } from './schema.js';
import { toBytes, toUuid } from './uuid-bytes.js';

interface ReleaseRequest extends Release {
  readonly recipient: Recipient;
}

interface GivenLock {
  readonly recipient: Recipient;
  readonly lockToken: Buffer;
}

/** Requests of one statement; their answers have some 4 MB together at most. */
const itemsMax = 16;
const runningMax = 2;
/** Of one answer; the message that goes beyond is the last. */
const answerBytesMax = 128 * 1024;

/**
 * Hands messages out, and takes back what a connection has, of one queue in the order in which that was asked for:
 * what is handed out to a request whose asker waits no longer would else never be taken back. Who has left is given
 * nothing. Rows that somebody settles at this moment are passed over.
 */
export class MessageLocks {
  readonly #requests: Gathering<LockRequest | ReleaseRequest, LockedMessages>;

  constructor(
    private readonly db: Kysely<CloudToDeviceTables>,
    private readonly purges: MessagePurges,
  ) {
    this.#requests = new Gathering({
      run: (some) => this.#runSome(some),
      itemsMax,
      runningMax,
      keyOf: ({ recipient }) => queueKey(recipient),
    });
  }

  lock(request: LockRequest): Promise<LockedMessages> {
    return this.#requests.add(request);
  }

  async release(request: ReleaseRequest): Promise<void> {
    await this.#requests.add(request);
  }

  /** @param requests each of another queue */
  async #runSome(
    requests: readonly (LockRequest | ReleaseRequest)[],
  ): Promise<readonly LockedMessages[]> {
    const releases = requests.filter(isRelease);
    if (releases.length > 0) {
      await endMessages(this.db, released(releases));
    }
    await this.#purgeSome(requests.filter(isLock).filter(isAwaited));
    const locks = requests.filter(isLock).filter(isAwaited);
    const locked = locks.length > 0 ? await this.#lockSome(locks) : [];
    const byRequest = new Map<LockRequest | ReleaseRequest, LockedMessages | undefined>(
      locks.map((request, index) => [request, locked[index]]),
    );
    await this.#giveBack(locks.filter(isUnheard), byRequest);
    return requests.map((request) => byRequest.get(request) ?? nothing);
  }

  async #purgeSome(requests: readonly LockRequest[]): Promise<void> {
    const begun = requests.filter(({ subscriptionBegins }) => subscriptionBegins);
    if (begun.length > 0) {
      await this.purges.purgeAtNewSubscription(begun.map(({ recipient }) => recipient));
    }
  }

  /** What was locked for those who left meanwhile: nobody else knows that they have it. */
  async #giveBack(
    requests: readonly LockRequest[],
    answers: ReadonlyMap<LockRequest | ReleaseRequest, LockedMessages | undefined>,
  ): Promise<void> {
    const given = requests.flatMap((request): GivenLock[] =>
      (answers.get(request) ?? nothing).messages.map(({ lockToken }) => ({
        recipient: request.recipient,
        lockToken,
      })),
    );
    if (given.length > 0) {
      await endMessages(this.db, unlocked(given));
    }
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

const nothing: LockedMessages = { messages: [], moreWait: false };

function isLock(request: LockRequest | ReleaseRequest): request is LockRequest {
  return !isRelease(request);
}

function isRelease(request: LockRequest | ReleaseRequest): request is ReleaseRequest {
  return 'connectionSequence' in request;
}

function isUnheard({ caller }: LockRequest): boolean {
  return caller.aborted;
}

function isAwaited(request: LockRequest): boolean {
  return !isUnheard(request);
}

function released(requests: readonly ReleaseRequest[]) {
  const kept = requests.flatMap(({ keptLockTokens }) => keptLockTokens);
  return sql`
    select ${heldColumns}, 0 as settlement, case when counts then 'Abandon' else 'Release' end as outcome
    from unnest(
      ${unnestedQueueKeys(requests.map(({ recipient }) => recipient))},
      ${requests.map(({ connectionSequence }) => connectionSequence)}::text[],
      ${requests.map(({ counts }) => counts)}::boolean[]
    ) as given (${queueColumns}, sequence, counts)
    join queues using (${queueColumns})
    join messages using (queue_id)
    where connection_sequence = sequence and lock_token <> all(${kept.map(toUuid)}::uuid[])
    order by sequence_number
    for update of messages`;
}

function unlocked(locks: readonly GivenLock[]) {
  return sql`
    select ${heldColumns}, 0 as settlement, 'Release' as outcome
    from unnest(
      ${unnestedQueueKeys(locks.map(({ recipient }) => recipient))},
      ${locks.map(({ lockToken }) => toUuid(lockToken))}::uuid[]
    ) as given (${queueColumns}, lock_token)
    join queues using (${queueColumns})
    join messages using (queue_id, lock_token)
    order by sequence_number
    for update of messages`;
}

/** A comparison with a receiver that is no connection is null, and so chooses nothing. */
function statement(requests: readonly LockRequest[]) {
  const connections = requests.map(({ connection }) => connection);
  return sql<LockedRow>`
    with asked as (
      select queue_id, sequence, keeps, at_most, lock_seconds, request
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
      select request, lock_seconds, sequence, sequence_number,
        sum(bytes) over (partition by request order by sequence_number) - bytes as before
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
    select request, sequence_number, lock_token, enqueued_time, delivery_count, expiry_time, content,
      exists (
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
