/** What happens in this service, each thing in one place with its log line and its metrics. */
import { LoggedTrouble, type Logger } from '@linchpin/platform/logging';
import { Counter, type Registry } from '@linchpin/platform/metrics';
import type { ClaimedJob, IdentityJob } from './domain/identity-job.js';
import type { HeldJob } from './domain/job-store.js';
import type { JobEnd, JobEvents } from './domain/job-worker.js';
import type { UploadingDevice } from './domain/device-upload.js';
import type { UploadEvents, UploadResult } from './domain/uploads.js';

/** How often it is told that jobs cannot be looked for. */
const standingMs = 60_000;

/** What goes in the background. */
export type Removed = 'expired-uploads' | 'old-uploads' | 'expired-notifications' | 'deleted-hubs';

/** What became of notifications. `dropped`: given back too often; `displaced`: by newer ones of the hub. */
type NotificationResult = 'completed' | 'abandoned' | 'dropped' | 'displaced' | 'expired';

export class FileUploadEvents implements JobEvents, UploadEvents {
  readonly #ended: Counter<'kind' | 'result'>;
  readonly #tableTrouble: LoggedTrouble;
  readonly #starts: Counter<'result'>;
  readonly #completions: Counter<'result'>;
  readonly #enqueued: Counter;
  readonly #notifications: Counter<'result'>;
  readonly #removals: Readonly<Record<Removed, LoggedTrouble>>;

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
    this.#starts = new Counter({
      name: 'linchpin_file_upload_starts_total',
      help: 'Uploads that devices asked for; those of success were granted.',
      labelNames: ['result'],
      registers: [metrics],
    });
    this.#completions = new Counter({
      name: 'linchpin_file_uploads_ended_total',
      help: 'Uploads that ended, by what their devices said; expired: they said nothing in time.',
      labelNames: ['result'],
      registers: [metrics],
    });
    this.#enqueued = new Counter({
      name: 'linchpin_file_notifications_enqueued_total',
      help: 'Notifications of uploads that back ends may receive.',
      registers: [metrics],
    });
    this.#notifications = new Counter({
      name: 'linchpin_file_notifications_settled_total',
      help: 'What became of notifications; those that were abandoned wait again.',
      labelNames: ['result'],
      registers: [metrics],
    });
    this.#removals = {
      'expired-uploads': removalTrouble(logger, 'uploads that expired'),
      'old-uploads': removalTrouble(logger, 'old uploads'),
      'expired-notifications': removalTrouble(logger, 'notifications that expired'),
      'deleted-hubs': removalTrouble(logger, 'uploads of deleted hubs'),
    };
  }

  /** Settles as the start does. */
  async starting<Started>(started: Promise<Started>): Promise<Started> {
    try {
      const value = await started;
      this.#starts.inc({ result: 'success' });
      return value;
    } catch (error) {
      // Why stands in the line of the failed rpc.
      this.#starts.inc({ result: 'failure' });
      throw error;
    }
  }

  uploadStarted({ hub, deviceId }: UploadingDevice, blobName: string): void {
    this.logger.info({ hub, deviceId, blobName }, 'upload started');
  }

  uploadEnded({ hub, deviceId }: UploadingDevice, result: UploadResult): void {
    const { blobName, isSuccess, isNotified, droppedNotifications } = result;
    this.#completions.inc({ result: isSuccess ? 'succeeded' : 'failed' });
    if (isNotified) {
      this.#enqueued.inc();
    }
    this.#notifications.inc({ result: 'displaced' }, droppedNotifications);
    // Displaced ones nobody received: its owner may have forgotten that they are on.
    const line = { hub, deviceId, blobName, isSuccess, isNotified, droppedNotifications };
    this.logger.info(line, 'upload ended');
  }

  uploadsExpired(uploads: number): void {
    this.#completions.inc({ result: 'expired' }, uploads);
  }

  notificationsEnded(result: NotificationResult, notifications = 1): void {
    this.#notifications.inc({ result }, notifications);
  }

  removalFails(removed: Removed, error: unknown): void {
    this.#removals[removed].meet(error);
  }

  removalWorks(removed: Removed): void {
    this.#removals[removed].end();
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

function removalTrouble(logger: Logger, what: string): LoggedTrouble {
  return new LoggedTrouble({
    logger,
    stands: `${what} cannot be removed yet; trying again`,
    over: `${what} are removed again`,
  });
}
