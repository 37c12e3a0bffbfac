import { answering } from '@linchpin/platform/postgres';
import type { HubId } from '@linchpin/wire';
import { sql, type Kysely } from 'kysely';
import type {
  LockedMessages,
  LockRequest,
  MessageEvents,
  MessageQueue,
  NewMessage,
  Release,
  Settlement,
  WaitingQueue,
} from '../domain/message-queue.js';
import type { CloudToDeviceSettings, Recipient } from '../domain/recipient.js';
import { MessageAdditions } from './message-additions.js';
import { endMessages, heldColumns } from './message-ends.js';
import { MessageLocks } from './message-locks.js';
import { MessagePurges } from './message-purges.js';
import { MessageSettlements } from './message-settlements.js';
import { queueColumns, unnestedQueueKeys } from './queue-key.js';
import type { CloudToDeviceTables } from './schema.js';

interface PostgresMessageQueueParts {
  readonly db: Kysely<CloudToDeviceTables>;
  readonly events: MessageEvents;
}

/** Messages that one statement ends. */
const endedAtOnce = 500;
/** Queues of one page. */
const pageLength = 500;

/** Adding, handing out and settling, which come by the thousand, share statements. */
export class PostgresMessageQueue implements MessageQueue {
  readonly #additions: MessageAdditions;
  readonly #purges: MessagePurges;
  readonly #locks: MessageLocks;
  readonly #settlements: MessageSettlements;

  constructor(private readonly parts: PostgresMessageQueueParts) {
    const { db, events } = parts;
    this.#additions = new MessageAdditions(db);
    this.#purges = new MessagePurges(db, events);
    this.#locks = new MessageLocks(db, this.#purges);
    this.#settlements = new MessageSettlements(db, events);
  }

  add(
    recipient: Recipient,
    message: NewMessage,
    settings: CloudToDeviceSettings,
  ): Promise<boolean> {
    return this.#additions.add({ recipient, message, settings });
  }

  lock(request: LockRequest): Promise<LockedMessages> {
    return this.#locks.lock(request);
  }

  settle(
    recipient: Recipient,
    settlements: readonly Settlement[],
    keepsMessages: boolean,
  ): Promise<readonly boolean[]> {
    return this.#settlements.settle({ recipient, settlements, keepsMessages });
  }

  release(recipient: Recipient, release: Release): Promise<void> {
    return this.#locks.release({ recipient, ...release });
  }

  purge(recipient: Recipient): Promise<number> {
    return this.#purges.purge(recipient);
  }

  async count(
    { hubGeneration }: HubId,
    recipients: readonly Omit<Recipient, keyof HubId>[],
  ): Promise<readonly number[]> {
    const asked = recipients.map((recipient) => ({ hub: '', hubGeneration, ...recipient }));
    const { rows } = await answering(
      sql<{ readonly receiver: string; readonly messages: string }>`
        select receiver, count(*) as messages
        from unnest(${unnestedQueueKeys(asked)}) with ordinality as given (${queueColumns}, receiver)
        join queues using (${queueColumns})
        join messages using (queue_id)
        group by receiver`.execute(this.parts.db),
    );
    const counts = new Map(rows.map(({ receiver, messages }) => [receiver, Number(messages)]));
    return recipients.map((_, index) => counts.get(String(index + 1)) ?? 0);
  }

  /** Rows that somebody holds at this moment come to their end by him, or at another look. */
  async expireSome(): Promise<boolean> {
    const ended = await endMessages(
      this.parts.db,
      sql`
        select ${heldColumns}, 0 as settlement, 'Expired'::text as outcome
        from messages
        where expiry_time <= now() and (locked_until is null or locked_until <= now())
        order by expiry_time
        limit ${endedAtOnce}
        for update skip locked`,
    );
    this.parts.events.expired(ended.length);
    return ended.length === endedAtOnce;
  }

  async listWaiting(afterQueueId: string): Promise<readonly WaitingQueue[]> {
    const query = this.parts.db
      .selectFrom('queues')
      .select(['queue_id', 'hub', 'hub_generation', 'device_id', 'module_id', 'generation_id'])
      .where('queue_id', '>', afterQueueId)
      .where((where) =>
        where.exists(
          where
            .selectFrom('messages')
            .select('sequence_number')
            .whereRef('messages.queue_id', '=', 'queues.queue_id')
            .where(sql<boolean>`(locked_until is null or locked_until <= now())`),
        ),
      )
      .orderBy('queue_id')
      .limit(pageLength);
    const rows = await answering(query.execute());
    return rows.map((row) => ({
      queueId: row.queue_id,
      recipient: {
        hub: row.hub,
        hubGeneration: row.hub_generation,
        identity: {
          deviceId: row.device_id,
          moduleId: row.module_id === '' ? undefined : row.module_id,
        },
        generationId: row.generation_id,
      },
    }));
  }
}
