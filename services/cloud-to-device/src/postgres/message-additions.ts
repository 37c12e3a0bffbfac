import { answering, Gathering, isLockTimeout } from '@linchpin/platform/postgres';
import { azureLimits, HubError } from '@linchpin/wire';
import { sql, type Kysely, type Transaction } from 'kysely';
import type { NewMessage } from '../domain/message-queue.js';
import type { CloudToDeviceSettings, Recipient } from '../domain/recipient.js';
import { keepSettings } from './hub-settings.js';
import {
  queueColumns,
  queueKey,
  queueKeyOf,
  unnestedQueueKeys,
  type QueueColumns,
} from './queue-key.js';
import type { CloudToDeviceTables } from './schema.js';

export interface Addition {
  readonly recipient: Recipient;
  readonly message: NewMessage;
  readonly settings: CloudToDeviceSettings;
}

type Added = 'added' | 'full' | 'gone' | 'hub-gone' | 'held' | Failed;

/** It may be stored all the same. */
interface Failed {
  readonly error: unknown;
}

/** Messages of one transaction; the largest ones have some 4 MB together. */
const itemsMax = 32;
const runningMax = 2;
/** Whoever holds a row for longer stands still; those who send to others must not wait for him. */
const firstLockTimeoutMs = 500;
/** When he has had that time; of each message of a transaction it is a second together. */
const furtherLockTimeoutMs = 30;

/**
 * Stores messages behind those that wait. Whoever adds to a queue holds its row, so that messages become visible in
 * the order of their sequence numbers, and no more than may wait are let in.
 */
export class MessageAdditions {
  readonly #additions: Gathering<Addition, Added>;

  constructor(db: Kysely<CloudToDeviceTables>) {
    this.#additions = new Gathering({
      run: (some) => answering(addAll(db, some)),
      itemsMax,
      runningMax,
      keyOf: ({ recipient }) => queueKey(recipient),
    });
  }

  /** @returns false when the queue is full @throws HubError as `MessageQueue` */
  async add(addition: Addition): Promise<boolean> {
    const added = await this.#additions.add(addition);
    if (added === 'hub-gone') {
      throw new HubError('IotHubNotFound', 'The hub is being deleted.');
    }
    if (added === 'gone') {
      const { moduleId } = addition.recipient.identity;
      const code = moduleId === undefined ? 'DeviceNotFound' : 'ModuleNotFound';
      throw new HubError(code, 'It was deleted meanwhile.');
    }
    if (added === 'held') {
      throw new HubError('ServiceUnavailable', 'Another send stands still; try again.');
    }
    if (typeof added === 'object') {
      throw added.error;
    }
    return added === 'added';
  }
}

/**
 * Of those who are stored together only who needs a row that is held hears of it.
 *
 * @param additions each of another queue
 */
async function addAll(
  db: Kysely<CloudToDeviceTables>,
  additions: readonly Addition[],
): Promise<readonly Added[]> {
  const added = await tryToAdd(db, (transaction) =>
    addSome(transaction, additions, firstLockTimeoutMs),
  );
  if (added !== undefined || additions.length === 1) {
    return added ?? ['held'];
  }
  const unheldAdded = await tryToAdd(db, (transaction) => addUnheld(transaction, additions));
  return unheldAdded ?? addOneByOne(db, additions);
}

/** @returns undefined when somebody held a row for too long */
async function tryToAdd(
  db: Kysely<CloudToDeviceTables>,
  add: (transaction: Transaction<CloudToDeviceTables>) => Promise<readonly Added[]>,
): Promise<readonly Added[] | undefined> {
  try {
    return await db.transaction().execute(add);
  } catch (error) {
    if (isLockTimeout(error)) {
      return undefined;
    }
    throw error;
  }
}

async function addUnheld(
  db: Transaction<CloudToDeviceTables>,
  additions: readonly Addition[],
): Promise<readonly Added[]> {
  const held = await findHeldQueues(
    db,
    additions.map(({ recipient }) => recipient),
  );
  const free = additions.filter(({ recipient }) => !held.has(queueKey(recipient)));
  const added = await addSome(db, free, furtherLockTimeoutMs);
  const byAddition = new Map(free.map((addition, index) => [addition, added[index]]));
  return additions.map((addition) => byAddition.get(addition) ?? 'held');
}

/** The others are held by the transaction then. @returns keys of queues */
async function findHeldQueues(
  db: Transaction<CloudToDeviceTables>,
  recipients: readonly Recipient[],
): Promise<ReadonlySet<string>> {
  const found = sql`
    from unnest(${unnestedQueueKeys(recipients)}) as given (${queueColumns})
    join queues using (${queueColumns})`;
  const { rows } = await sql<HeldQueue>`
    with free as materialized (select queue_id ${found} for update of queues skip locked)
    select queue_id, ${queueColumns} ${found}
    where queue_id not in (select queue_id from free)`.execute(db);
  return new Set(rows.map(queueKeyOf));
}

/**
 * Nobody sees who needs a row that is not committed yet, of a new queue or hub. When the store goes, what was added
 * before stays so, and what comes behind is not tried: all would wait for it.
 */
async function addOneByOne(
  db: Kysely<CloudToDeviceTables>,
  additions: readonly Addition[],
): Promise<readonly Added[]> {
  const all: Added[] = [];
  try {
    for (const addition of additions) {
      const tried = await answering(
        tryToAdd(db, (transaction) => addSome(transaction, [addition], furtherLockTimeoutMs)),
      );
      const [added = 'held'] = tried ?? [];
      all.push(added);
    }
    return all;
  } catch (error) {
    return additions.map((_, index) => all[index] ?? { error });
  }
}

async function addSome(
  db: Transaction<CloudToDeviceTables>,
  additions: readonly Addition[],
  lockTimeoutMs: number,
): Promise<readonly Added[]> {
  await sql`set local lock_timeout = ${sql.lit(lockTimeoutMs)}`.execute(db);
  await keepSettings(
    db,
    additions.map(({ recipient, settings }) => ({ hub: recipient, settings })),
  );
  const queueIds = await holdQueues(
    db,
    additions.map(({ recipient }) => recipient),
  );
  const given = additions.flatMap(({ recipient, ...addition }) => {
    const queueId = queueIds.get(queueKey(recipient));
    return queueId === undefined ? [] : [{ queueId, ...addition }];
  });
  const filled = await insertMessages(db, given);
  const deletedHubs = given.length < additions.length ? await findDeletedHubs(db) : noHubs;
  return additions.map(({ recipient }) => {
    const queueId = queueIds.get(queueKey(recipient));
    if (queueId === undefined) {
      return deletedHubs.has(recipient.hubGeneration) ? 'hub-gone' : 'gone';
    }
    return filled.has(queueId) ? 'added' : 'full';
  });
}

/** In one order in every transaction: two that hold each other's rows would end in a deadlock. */
async function holdQueues(
  db: Transaction<CloudToDeviceTables>,
  recipients: readonly Recipient[],
): Promise<ReadonlyMap<string, string>> {
  const { rows } = await sql<HeldQueue>`
    insert into queues (hub, ${queueColumns})
    select hub, ${queueColumns}
    from unnest(${recipients.map(({ hub }) => hub)}::text[], ${unnestedQueueKeys(recipients)})
      as given (hub, ${queueColumns})
    where not exists (
      select from deleted_hubs where deleted_hubs.hub_generation = given.hub_generation
    ) and not exists (
      select from deleted_identities gone
      where gone.hub_generation = given.hub_generation and gone.device_id = given.device_id
        and gone.generation_id = given.generation_id
    )
    order by ${queueColumns}
    on conflict (${queueColumns}) do update set hub = excluded.hub
    returning queue_id, ${queueColumns}`.execute(db);
  return new Map(rows.map((row) => [queueKeyOf(row), row.queue_id]));
}

const noHubs: ReadonlySet<string> = new Set();

async function findDeletedHubs(db: Transaction<CloudToDeviceTables>): Promise<ReadonlySet<string>> {
  const rows = await db.selectFrom('deleted_hubs').select('hub_generation').execute();
  return new Set(rows.map((row) => row.hub_generation));
}

/** A statement of its own: it sees all that was added by those who held the rows before. */
async function insertMessages(
  db: Transaction<CloudToDeviceTables>,
  given: readonly QueuedAddition[],
): Promise<ReadonlySet<string>> {
  const column = <Value>(read: (message: NewMessage) => Value) =>
    given.map(({ message }) => read(message));
  const { rows } = await sql<{ readonly queue_id: string }>`
    insert into messages (queue_id, message_id, ack, expiry_time, max_delivery_count, content)
    select given.queue_id, message_id, ack, expiry_time, max_delivery_count, content
    from unnest(
      ${given.map(({ queueId }) => queueId)}::bigint[],
      ${column(({ messageId }) => messageId)}::text[],
      ${column(({ ack }) => ack)}::text[],
      ${column(({ expiryTime }) => expiryTime)}::timestamptz[],
      ${given.map(({ settings }) => settings.maxDeliveryCount)}::int[],
      ${column(({ content }) => content)}::bytea[]
    ) as given (queue_id, message_id, ack, expiry_time, max_delivery_count, content)
    where ${azureLimits.queuedMessagesMax} > (
      select count(*) from messages waiting where waiting.queue_id = given.queue_id
    )
    returning queue_id`.execute(db);
  return new Set(rows.map((row) => row.queue_id));
}

interface QueuedAddition extends Omit<Addition, 'recipient'> {
  readonly queueId: string;
}

interface HeldQueue extends QueueColumns {
  readonly queue_id: string;
}
