/** What happens in this service, each thing in one place with its log line and its metrics. */
import { LoggedTrouble, type Logger } from '@linchpin/platform/logging';
import { Counter, type Registry } from '@linchpin/platform/metrics';
import type { ClaimedJob, IdentityJob } from './domain/identity-job.js';
import type { HeldJob } from './domain/job-store.js';
import type { JobEnd, JobEvents } from './domain/job-worker.js';

/** How often it is told that jobs cannot be looked for. */
const standingMs = 60_000;

export class FileUploadEvents implements JobEvents {
  readonly #ended: Counter<'kind' | 'result'>;
  readonly #tableTrouble: LoggedTrouble;

  constructor(
    private readonly logger: Logger,
    metrics: Registry,
    /** ms, as `performance.now()` counts them. */
    clock: () => number = () => performance.now(),
  ) {
    this.#tableTrouble = new LoggedTrouble({
      logger,
      periodMs: standingMs,
      clock,
      stands: 'the table of jobs cannot be used; trying again',
      over: 'the table of jobs is back',
    });
    this.#ended = new Counter({
      name: 'linchpin_identity_jobs_ended_total',
      help: 'Import and export jobs that ended in this process, by result.',
      labelNames: ['kind', 'result'],
      registers: [metrics],
    });
  }

  jobCreated(job: IdentityJob): void {
    this.logger.info(subjectOf(job), 'job created');
  }

  jobStarted(job: ClaimedJob): void {
    this.logger.info({ ...subjectOf(job), attempt: job.attempt }, 'job started');
  }

  jobEnded(job: ClaimedJob, end: JobEnd): void {
    this.#ended.inc({ kind: job.work.kind, result: end.result });
    const line = { ...subjectOf(job), result: end.result };
    switch (end.result) {
      case 'completed':
        this.logger.info({ ...line, ...end.counts }, 'job ended');
        return;
      case 'failed':
        this.logger.warn({ ...line, reason: end.reason, err: end.error }, 'job ended');
        return;
      case 'lost':
      case 'handed-back':
        this.logger.info(line, 'job left');
        return;
    }
  }

  jobsUnreadable(error: unknown): void {
    this.#tableTrouble.meet(error);
  }

  jobsReadable(): void {
    this.#tableTrouble.end();
  }

  leaseUnrenewed({ jobId }: HeldJob, error: unknown): void {
    this.logger.warn({ jobId, err: error }, 'could not renew the lease of a job yet');
  }

  jobUnsettled({ jobId }: HeldJob, error: unknown): void {
    this.logger.warn({ jobId, err: error }, 'could not store the end of a job');
  }

  reservationUndiscarded(
    job: { readonly hub: string; readonly jobId: string },
    error: unknown,
  ): void {
    this.logger.warn({ ...job, err: error }, 'could not take back the reservation of a job');
  }

  oldJobsUnremoved(error: unknown): void {
    this.logger.warn({ err: error }, 'could not remove old jobs yet');
  }

  oldJobsRemoved(jobs: number): void {
    this.logger.info({ jobs }, 'old jobs removed');
  }
}

function subjectOf({ hub, jobId, work }: Pick<IdentityJob, 'hub' | 'jobId' | 'work'>): object {
  return { hub, jobId, kind: work.kind };
}
