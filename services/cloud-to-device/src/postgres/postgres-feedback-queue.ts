import { answering } from '@linchpin/platform/postgres';
import type { FeedbackStatus, HubId } from '@linchpin/wire';
import { sql, type Kysely, type RawBuilder } from 'kysely';
import type { FeedbackBatch, FeedbackQueue } from '../domain/feedback.js';
import type { CloudToDeviceTables } from './schema.js';
import { toBytes, toUuid } from './uuid-bytes.js';

/** A batch is due with so many, or when the first has waited so long (amqp.md section 8.2). */
const recordsMax = 64;
const waitSeconds = 15;
/** Rows of one statement. */
const expiredAtOnce = 1_000;

/** Records gather until somebody receives them: only then they become a batch. */
export class PostgresFeedbackQueue implements FeedbackQueue {
  constructor(private readonly db: Kysely<CloudToDeviceTables>) {}

  async receive({ hubGeneration }: HubId): Promise<FeedbackBatch | undefined> {
    for (;;) {
      const batch =
        (await this.#lock(lockOldest(hubGeneration))) ?? (await this.#lock(lockNew(hubGeneration)));
      if (batch === undefined) {
        return undefined;
      }
      const records = await this.#readRecords(batch.batch_id);
      if (records.length > 0) {
        return toBatch(batch, records);
      }
      // All its devices were deleted.
      await this.complete({ hubGeneration }, toBytes(batch.lock_token));
    }
  }

  async nextDueMs({ hubGeneration }: HubId): Promise<number | undefined> {
    const { rows } = await answering(firstDue(hubGeneration).execute(this.db));
    const dueMs = rows[0]?.due_ms ?? undefined;
    return dueMs === undefined ? undefined : Math.max(0, Math.ceil(dueMs));
  }

  async complete(
    { hubGeneration }: Pick<HubId, 'hubGeneration'>,
    lockToken: Buffer,
  ): Promise<boolean> {
    const query = this.db
      .deleteFrom('feedback_batches')
      .where('hub_generation', '=', hubGeneration)
      .where('lock_token', '=', toUuid(lockToken))
      .where('locked_until', '>', sql<Date>`now()`);
    const { numDeletedRows } = await answering(query.executeTakeFirst());
    return numDeletedRows > 0n;
  }

  async abandon({ hubGeneration }: HubId, lockToken: Buffer): Promise<boolean> {
    const { rows } = await answering(
      sql`
        with held as (
          select batch_id, delivery_count + 1 >= feedback_max_delivery_count as is_last
          from feedback_batches join hubs using (hub_generation)
          where hub_generation = ${hubGeneration} and lock_token = ${toUuid(lockToken)}
            and locked_until > now()
          for update of feedback_batches
        ), dropped as (
          delete from feedback_batches using held
          where feedback_batches.batch_id = held.batch_id and is_last
        ), returned as (
          update feedback_batches
          set lock_token = null, locked_until = null, delivery_count = delivery_count + 1
          from held where feedback_batches.batch_id = held.batch_id and not is_last
        )
        select batch_id from held`.execute(this.db),
    );
    return rows.length > 0;
  }

  /** A batch that somebody has he may still settle, or give back. */
  async expireSome(): Promise<boolean> {
    const batches = await this.#deleteExpired('feedback_batches', 'batch_id', isUnlocked);
    const records = await this.#deleteExpired(
      'feedback_records',
      'record_id',
      sql`batch_id is null`,
    );
    return batches === expiredAtOnce || records === expiredAtOnce;
  }

  async #deleteExpired(
    table: 'feedback_batches' | 'feedback_records',
    key: string,
    condition: RawBuilder<unknown>,
  ): Promise<number> {
    const result = await answering(
      sql`
        delete from ${sql.table(table)} where ${sql.ref(key)} in (
          select ${sql.ref(key)} from ${sql.table(table)}
          where ${condition} and expiry_time <= now()
          limit ${expiredAtOnce}
          for update skip locked
        )`.execute(this.db),
    );
    return Number(result.numAffectedRows);
  }

  async #lock(statement: RawBuilder<BatchRow>): Promise<BatchRow | undefined> {
    const { rows } = await answering(statement.execute(this.db));
    return rows[0];
  }

  #readRecords(batchId: string): Promise<readonly RecordRow[]> {
    const query = this.db
      .selectFrom('feedback_records')
      .select(['message_id', 'ended_time', 'status', 'device_id', 'module_id', 'generation_id'])
      .where('batch_id', '=', batchId)
      .orderBy('record_id');
    return answering(query.execute());
  }
}

const isUnlocked = sql`(locked_until is null or locked_until <= now())`;

/** Given back, or never settled in time. */
function lockOldest(hubGeneration: string): RawBuilder<BatchRow> {
  return sql<BatchRow>`
    with oldest as (
      select batch_id, feedback_lock_seconds
      from feedback_batches join hubs using (hub_generation)
      where hub_generation = ${hubGeneration} and expiry_time > now()
        and ${isUnlocked}
      order by batch_id
      limit 1
      for update of feedback_batches skip locked
    )
    update feedback_batches
    set lock_token = gen_random_uuid(),
        locked_until = now() + make_interval(secs => feedback_lock_seconds)
    from oldest
    where feedback_batches.batch_id = oldest.batch_id
    returning feedback_batches.batch_id, lock_token, enqueued_time, delivery_count`;
}

/** Its time is over with that of all its records. */
function lockNew(hubGeneration: string): RawBuilder<BatchRow> {
  return sql<BatchRow>`
    with waiting as materialized (
      select record_id, ended_time, expiry_time
      from feedback_records
      where hub_generation = ${hubGeneration} and batch_id is null and expiry_time > now()
      order by record_id
      limit ${recordsMax}
      for update skip locked
    ), due as (
      select max(expiry_time) as expiry_time from waiting
      having count(*) = ${recordsMax}
        or min(ended_time) <= now() - make_interval(secs => ${waitSeconds})
    ), batch as (
      insert into feedback_batches (hub_generation, expiry_time, lock_token, locked_until)
      select hub_generation, due.expiry_time, gen_random_uuid(),
        now() + make_interval(secs => feedback_lock_seconds)
      from hubs cross join due
      where hub_generation = ${hubGeneration}
      returning batch_id, lock_token, enqueued_time, delivery_count
    ), taken as (
      update feedback_records set batch_id = batch.batch_id
      from waiting cross join batch
      where feedback_records.record_id = waiting.record_id
    )
    select batch_id, lock_token, enqueued_time, delivery_count from batch`;
}

/** Of records the first, of batches the first whose lock is over; of a deleted hub nothing, for nobody can lock it. */
function firstDue(hubGeneration: string): RawBuilder<{ readonly due_ms: number | null }> {
  return sql<{ readonly due_ms: number | null }>`
    with waiting as (
      select ended_time
      from feedback_records
      where hub_generation = ${hubGeneration} and batch_id is null and expiry_time > now()
      order by record_id
      limit ${recordsMax}
    ), due as (
      select min(ended_time) + make_interval(secs => ${waitSeconds}) as due_time from waiting
      union all
      select min(locked_until)
      from feedback_batches
      where hub_generation = ${hubGeneration} and expiry_time > now()
    )
    select (extract(epoch from min(due_time) - now()) * 1000)::float8 as due_ms
    from due
    where exists (select from hubs where hub_generation = ${hubGeneration})`;
}

interface BatchRow {
  readonly batch_id: string;
  readonly lock_token: string;
  readonly enqueued_time: Date;
  readonly delivery_count: number;
}

interface RecordRow {
  readonly message_id: string;
  readonly ended_time: Date;
  readonly status: FeedbackStatus;
  readonly device_id: string;
  readonly module_id: string;
  readonly generation_id: string;
}

function toBatch(batch: BatchRow, records: readonly RecordRow[]): FeedbackBatch {
  return {
    lockToken: toBytes(batch.lock_token),
    sequenceNumber: BigInt(batch.batch_id),
    enqueuedTime: batch.enqueued_time,
    deliveryCount: batch.delivery_count,
    records: records.map((record) => ({
      originalMessageId: record.message_id,
      enqueuedTime: record.ended_time,
      status: record.status,
      deviceId: record.device_id,
      moduleId: record.module_id === '' ? undefined : record.module_id,
      deviceGenerationId: record.generation_id,
    })),
  };
}
