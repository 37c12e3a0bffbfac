import { answering, Gathering } from '@linchpin/platform/postgres';
import { sql, type Kysely } from 'kysely';
import type {
  LockedMessage,
  LockedMessages,
  LockRequest,
  Release,
} from '../domain/message-queue.js';
import type { Recipient } from '../domain/recipient.js';
import { isLocked, lockStatement, type LockedRow } from './lock-statement.js';
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

/**
 * Hands messages out, and takes back what a connection has, of one queue in the order in which that was asked for.
 * Who has left is given nothing. Other processes may carry out calls of the same connection earlier or later: rows
 * bear the number of the last.
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
    const begun = requests.flatMap(({ recipient, subscribedMs }) =>
      subscribedMs === undefined ? [] : [{ recipient, subscribedMs }],
    );
    if (begun.length > 0) {
      await this.purges.purgeAtNewSubscriptions(begun);
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
    const { rows } = await answering(lockStatement(requests).execute(this.db));
    const messages = requests.map((): LockedMessage[] => []);
    const cut = new Set<number>();
    for (const row of rows) {
      const index = Number(row.request) - 1;
      if (isLocked(row)) {
        messages[index]?.push(toMessage(row));
      } else {
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
  const counted = requests.flatMap(({ countedLockTokens }) => countedLockTokens);
  const kept = requests.flatMap(({ keptLockTokens }) => keptLockTokens);
  return sql`
    select sequence_number, delivery_count, max_delivery_count, number as call_number, 0 as settlement,
      case when lock_token = any(${counted.map(toUuid)}::uuid[]) then 'Abandon' else 'Release' end
        as outcome
    from unnest(
      ${unnestedQueueKeys(requests.map(({ recipient }) => recipient))},
      ${requests.map(({ connectionSequence }) => connectionSequence)}::text[],
      ${requests.map(({ callNumber }) => String(callNumber))}::bigint[]
    ) as given (${queueColumns}, sequence, number)
    join queues using (${queueColumns})
    join messages using (queue_id)
    where connection_sequence = sequence and coalesce(call_number, 0) <= number
      and lock_token is not null and lock_token <> all(${kept.map(toUuid)}::uuid[])
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
