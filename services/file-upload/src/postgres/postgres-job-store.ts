import { HubError, type HubId } from '@linchpin/wire';
import type { KeyCipher } from '@linchpin/platform/sealing';
import { answering } from '@linchpin/platform/postgres';
import { sql, type Kysely, type UpdateObject } from 'kysely';
import type {
  ClaimedJob,
  IdentityJob,
  ImportCheckpoint,
  JobOutcome,
  NewJob,
} from '../domain/identity-job.js';
import { tooManyJobs } from '../domain/identity-jobs.js';
import type { HeldJob, JobStore } from '../domain/job-store.js';
import {
  claimedColumns,
  jobColumns,
  toClaimedJob,
  toJob,
  toNewRow,
  type ClaimedRow,
} from './job-row.js';
import type { FileUploadTables } from './schema.js';

interface PostgresJobStoreParts {
  readonly db: Kysely<FileUploadTables>;
  readonly cipher: KeyCipher;
  /** A container's URI without its signature. */
  readonly nameOf: (uri: string) => string;
}

/** A hub has one job of these. */
const activeStatuses = ['reserved', 'enqueued', 'running'] as const;
const claimableStatuses = ['enqueued', 'running'] as const;

/** Whoever reserved it is taken to have died, so it is no job. */
const isExpiredReservation = sql<boolean>`(status = 'reserved' and held_until < now())`;

/** What stays of a job that has ended holds no secret. */
const ended = {
  sealed_containers: null,
  checkpoint: null,
  holder: null,
  held_until: null,
  ended_time: sql<Date>`now()`,
} satisfies UpdateObject<FileUploadTables, 'jobs'>;

/** Leases are counted by the clock of the database, the only one that all processes share. */
export class PostgresJobStore implements JobStore {
  constructor(private readonly parts: PostgresJobStoreParts) {}

  async reserve(job: NewJob, reservationMs: number): Promise<void> {
    const { db, cipher, nameOf } = this.parts;
    const row = {
      ...toNewRow(job, cipher, nameOf),
      status: 'reserved' as const,
      progress: 0,
      attempts: 0,
      created_time: sql<Date>`now()`,
      held_until: leaseEnd(reservationMs),
    };
    const inserted = await answering(
      db.transaction().execute(async (transaction) => {
        await transaction
          .deleteFrom('jobs')
          .where('hub_generation', '=', job.owner.hubGeneration)
          .where(isExpiredReservation)
          .execute();
        return transaction
          .insertInto('jobs')
          .values(row)
          .onConflict((conflict) =>
            conflict.column('hub_generation').where('status', 'in', activeStatuses).doNothing(),
          )
          .returning('id')
          .executeTakeFirst();
      }),
    );
    if (inserted === undefined) {
      throw tooManyJobs();
    }
  }

  async enqueue(owner: HubId, jobId: string): Promise<IdentityJob> {
    const query = this.parts.db
      .updateTable('jobs')
      .set({ status: 'enqueued', held_until: null })
      .where('id', '=', jobId)
      .where('status', '=', 'reserved');
    await answering(query.execute());
    const job = await this.#find(owner, jobId);
    if (job === undefined) {
      throw new HubError('ServiceUnavailable', 'It took too long to make the job; try again.');
    }
    return job;
  }

  async discard(jobId: string): Promise<void> {
    const { db } = this.parts;
    const query = db.deleteFrom('jobs').where('id', '=', jobId).where('status', '=', 'reserved');
    await answering(query.execute());
  }

  async get(owner: HubId, jobId: string): Promise<IdentityJob> {
    const job = await this.#find(owner, checkedId(jobId));
    if (job === undefined) {
      throw jobNotFound();
    }
    return job;
  }

  async list({ hubGeneration }: HubId, limit: number): Promise<readonly IdentityJob[]> {
    const query = this.parts.db
      .selectFrom('jobs')
      .select(jobColumns)
      .where('hub_generation', '=', hubGeneration)
      .where(sql<boolean>`not ${isExpiredReservation}`)
      .orderBy('created_time', 'desc')
      .orderBy('id')
      .limit(limit);
    return (await answering(query.execute())).map(toJob);
  }

  async cancel(owner: HubId, jobId: string): Promise<IdentityJob> {
    const query = this.parts.db
      .updateTable('jobs')
      .set({ ...ended, status: 'cancelled' })
      .where('hub_generation', '=', owner.hubGeneration)
      .where('id', '=', checkedId(jobId))
      .where('status', 'in', claimableStatuses);
    await answering(query.execute());
    return this.get(owner, jobId);
  }

  async claim(holder: string, leaseMs: number): Promise<ClaimedJob | undefined> {
    const { db } = this.parts;
    const waiting = db
      .selectFrom('jobs')
      .select('id')
      .where('status', 'in', claimableStatuses)
      .where((row) =>
        row.or([row('held_until', 'is', null), row('held_until', '<', sql<Date>`now()`)]),
      )
      .orderBy(
        sql`(
        select max(former.ended_time) from jobs as former
        where former.hub_generation = jobs.hub_generation and former.begun_time is not null
      ) asc nulls first`,
      )
      .orderBy('created_time')
      .limit(1)
      .forUpdate()
      .skipLocked();
    const query = db
      .updateTable('jobs')
      .set((row) => ({
        status: 'running',
        holder,
        held_until: leaseEnd(leaseMs),
        attempts: row('attempts', '+', 1),
        begun_time: sql<Date>`coalesce(begun_time, now())`,
      }))
      .where('id', '=', waiting)
      .returning(claimedColumns)
      .returning(
        sql<number>`(extract(epoch from now() - begun_time) * 1000)::float8`.as('begun_ms_ago'),
      );
    const row = await answering(query.executeTakeFirst());
    return row && this.#open(row, holder);
  }

  async renew(held: HeldJob, leaseMs: number, progress: number): Promise<boolean> {
    return this.#updateHeld(held, { held_until: leaseEnd(leaseMs), progress });
  }

  async saveCheckpoint(held: HeldJob, checkpoint: ImportCheckpoint): Promise<boolean> {
    return this.#updateHeld(held, { checkpoint: JSON.stringify(checkpoint) });
  }

  async finish(held: HeldJob, outcome: JobOutcome): Promise<void> {
    await this.#updateHeld(held, {
      ...ended,
      status: outcome.status,
      ...(outcome.status === 'completed'
        ? { progress: 100 }
        : { failure_reason: outcome.failureReason }),
    });
  }

  async release(held: HeldJob): Promise<void> {
    const attempts = sql<number>`attempts - 1`;
    await this.#updateHeld(held, { holder: null, held_until: null, attempts });
  }

  async removeEndedBefore(time: Date, limit: number): Promise<number> {
    const { db } = this.parts;
    const old = db
      .selectFrom('jobs')
      .select('id')
      .where((row) => row.or([row('ended_time', '<', time), isExpiredReservation]))
      .limit(limit);
    const { numDeletedRows } = await answering(
      db.deleteFrom('jobs').where('id', 'in', old).executeTakeFirstOrThrow(),
    );
    return Number(numDeletedRows);
  }

  async #find({ hubGeneration }: HubId, jobId: string): Promise<IdentityJob | undefined> {
    const query = this.parts.db
      .selectFrom('jobs')
      .select(jobColumns)
      .where('hub_generation', '=', hubGeneration)
      .where('id', '=', jobId)
      .where(sql<boolean>`not ${isExpiredReservation}`);
    const row = await answering(query.executeTakeFirst());
    return row && toJob(row);
  }

  /** A job whose containers cannot be opened would be claimed for ever. */
  async #open(row: ClaimedRow, holder: string): Promise<ClaimedJob> {
    try {
      return toClaimedJob(row, this.parts.cipher);
    } catch (error) {
      const failureReason = 'The signatures of its containers cannot be opened any more.';
      await this.finish({ jobId: row.id, holder }, { status: 'failed', failureReason });
      throw error;
    }
  }

  /** False when the job is somebody else's by now. */
  async #updateHeld(
    { jobId, holder }: HeldJob,
    values: UpdateObject<FileUploadTables, 'jobs'>,
  ): Promise<boolean> {
    const query = this.parts.db
      .updateTable('jobs')
      .set(values)
      .where('id', '=', jobId)
      .where('holder', '=', holder)
      .where('status', '=', 'running');
    const { numUpdatedRows } = await answering(query.executeTakeFirstOrThrow());
    return numUpdatedRows === 1n;
  }
}

function leaseEnd(leaseMs: number) {
  return sql<Date>`now() + ${leaseMs} * interval '1 millisecond'`;
}

/** The column holds UUIDs only, and asked for anything else the database fails. */
function checkedId(jobId: string): string {
  if (!/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(jobId)) {
    throw jobNotFound();
  }
  return jobId;
}

function jobNotFound(): HubError {
  return new HubError('JobNotFound', 'The hub has no such job.');
}
