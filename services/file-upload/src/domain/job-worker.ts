/**
 * Runs jobs, any number of processes together: a job is leased by one of them, which says again and
 * again that it is alive. Of one that says nothing another takes the job over.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { HubError } from '@linchpin/wire';
import type { ClaimedJob, JobOutcome } from './identity-job.js';
import type { ImportCounts } from './import-identities.js';
import type { JobControl } from './job-control.js';
import type { HeldJob, JobStore } from './job-store.js';

interface JobWorkerParts {
  readonly store: JobStore;
  readonly run: (job: ClaimedJob, control: JobControl) => Promise<ImportCounts>;
  /** Names one run of a job among all others. */
  readonly newHolder: () => string;
  readonly leaseMs: number;
  /** From when a job is first taken, whoever runs it then: so long it may hold a place. */
  readonly durationMaxMs: number;
  readonly jobsRunningMax: number;
  readonly pollMs: number;
  /** In ms; only goes forward. */
  readonly clock: () => number;
  readonly events: JobEvents;
}

export interface JobEvents {
  jobStarted(job: ClaimedJob): void;
  jobEnded(job: ClaimedJob, end: JobEnd): void;
  /** No job can be looked for. Said at each look until `jobsReadable`. */
  jobsUnreadable(error: unknown): void;
  jobsReadable(): void;
  /** It is tried again while the lease lasts. */
  leaseUnrenewed(job: HeldJob, error: unknown): void;
  /** Its end could not be stored: whoever takes the job over settles it. */
  jobUnsettled(job: HeldJob, error: unknown): void;
}

export type JobEnd =
  | { readonly result: 'completed'; readonly counts: ImportCounts }
  | { readonly result: 'failed'; readonly reason: string; readonly error: unknown }
  /** Somebody else decides of it by now, or it was handed back. */
  | { readonly result: 'lost' | 'handed-back' };

/** A job that ends as many processes is not tried again. */
const attemptsMax = 5;

/** So often within a lease its holder says that it is alive. */
const renewalsPerLease = 10;

type AbortCause = 'lost' | 'stopping' | 'overdue';

interface Run {
  readonly jobId: string;
  readonly abort: AbortController;
  readonly done: Promise<void>;
}

export class JobWorker {
  readonly #stopping = new AbortController();
  readonly #running = new Set<Run>();
  #wake = new AbortController();
  #loop: Promise<void> = Promise.resolve();

  constructor(private readonly parts: JobWorkerParts) {}

  start(): void {
    this.#loop = this.#claimAll();
  }

  /** Looks at once whether there is a job to run. */
  wake(): void {
    this.#wake.abort();
  }

  /** Ends the job here if it runs here: somebody has cancelled it. */
  abandon(jobId: string): void {
    for (const run of this.#running) {
      if (run.jobId === jobId) {
        run.abort.abort('lost' satisfies AbortCause);
      }
    }
  }

  /** Hands back what runs. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.wake();
    await this.#loop;
    const running = [...this.#running];
    for (const { abort } of running) {
      abort.abort('stopping' satisfies AbortCause);
    }
    await Promise.all(running.map(({ done }) => done));
  }

  async #claimAll(): Promise<void> {
    const { pollMs, jobsRunningMax } = this.parts;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      this.#wake = new AbortController();
      const hasRoom = this.#running.size < jobsRunningMax;
      const job = hasRoom ? await this.#claim() : undefined;
      if (job !== undefined) {
        this.#begin(job);
      } else {
        await delay(pollMs, undefined, { signal: this.#wake.signal }).catch(() => undefined);
      }
    }
  }

  async #claim(): Promise<(ClaimedJob & HeldJob) | undefined> {
    const { store, newHolder, leaseMs, events } = this.parts;
    const holder = newHolder();
    try {
      const job = await store.claim(holder, leaseMs);
      events.jobsReadable();
      return job && { ...job, holder };
    } catch (error) {
      events.jobsUnreadable(error);
      return undefined;
    }
  }

  #begin(job: ClaimedJob & HeldJob): void {
    const abort = new AbortController();
    const run: Run = {
      jobId: job.jobId,
      abort,
      done: this.#run(job, abort).finally(() => {
        this.#running.delete(run);
        this.wake();
      }),
    };
    this.#running.add(run);
  }

  /** Never rejects. */
  async #run(job: ClaimedJob & HeldJob, abort: AbortController): Promise<void> {
    const { events, durationMaxMs } = this.parts;
    events.jobStarted(job);
    const overdue = setTimeout(
      () => {
        abort.abort('overdue' satisfies AbortCause);
      },
      Math.max(0, durationMaxMs - job.begunMsAgo),
    );
    const lease = new JobLease(this.parts, job, abort);
    const end = await this.#work(job, lease);
    clearTimeout(overdue);
    await lease.end();
    try {
      await this.#settle(job, end);
    } catch (error) {
      events.jobUnsettled(job, error);
    }
    events.jobEnded(job, end);
  }

  async #work(job: ClaimedJob, lease: JobLease): Promise<JobEnd> {
    const { durationMaxMs } = this.parts;
    if (job.attempt > attemptsMax) {
      const reason = `The job was begun ${attemptsMax} times and never came to its end.`;
      return { result: 'failed', reason, error: undefined };
    }
    if (job.begunMsAgo >= durationMaxMs) {
      return { result: 'failed', reason: overdueReason(durationMaxMs), error: undefined };
    }
    try {
      return { result: 'completed', counts: await this.parts.run(job, lease) };
    } catch (error) {
      switch (lease.signal.reason as AbortCause | undefined) {
        case 'lost':
          return { result: 'lost' };
        case 'stopping':
          return { result: 'handed-back' };
        case 'overdue':
          return { result: 'failed', reason: overdueReason(durationMaxMs), error: undefined };
        case undefined:
          return { result: 'failed', reason: reasonOf(error), error };
      }
    }
  }

  async #settle(held: HeldJob, end: JobEnd): Promise<void> {
    const { store } = this.parts;
    switch (end.result) {
      case 'completed':
        await store.finish(held, { status: 'completed' } satisfies JobOutcome);
        return;
      case 'failed':
        await store.finish(held, { status: 'failed', failureReason: end.reason });
        return;
      case 'handed-back':
        await store.release(held);
        return;
      case 'lost':
        return;
    }
  }
}

/** Keeps a job this process's own while it runs, and ends the run when it is not any more. */
class JobLease implements JobControl {
  readonly #ending = new AbortController();
  readonly #renewals: Promise<void>;
  #progress: number;

  constructor(
    private readonly parts: JobWorkerParts,
    private readonly held: HeldJob & { readonly progress: number },
    private readonly abort: AbortController,
  ) {
    this.#progress = held.progress;
    this.#renewals = this.#renew();
  }

  get signal(): AbortSignal {
    return this.abort.signal;
  }

  setProgress(share: number): void {
    // 100 says that it has ended.
    this.#progress = Math.max(this.#progress, Math.min(99, Math.floor(share * 100)));
  }

  async saveCheckpoint(checkpoint: Parameters<JobControl['saveCheckpoint']>[0]): Promise<void> {
    this.signal.throwIfAborted();
    if (!(await this.parts.store.saveCheckpoint(this.held, checkpoint))) {
      this.abort.abort('lost' satisfies AbortCause);
    }
    this.signal.throwIfAborted();
  }

  async end(): Promise<void> {
    this.#ending.abort();
    await this.#renewals;
  }

  async #renew(): Promise<void> {
    const { store, leaseMs, clock, events } = this.parts;
    const { signal } = this.#ending;
    let renewedMs = clock();
    while (!signal.aborted) {
      await delay(leaseMs / renewalsPerLease, undefined, { signal }).catch(() => undefined);
      const askedMs = clock();
      const answer = await store
        .renew(this.held, leaseMs, this.#progress)
        .catch((error: unknown) => {
          events.leaseUnrenewed(this.held, error);
        });
      if (answer === true) {
        renewedMs = askedMs;
      } else if (answer === false || clock() - renewedMs > leaseMs) {
        this.abort.abort('lost' satisfies AbortCause);
        return;
      }
    }
  }
}

function overdueReason(durationMaxMs: number): string {
  const minutes = durationMaxMs / 60_000;
  return `The job did not come to its end in ${minutes} minutes, which is as long as one may run.`;
}

/** A HubError's text is meant for clients; nothing else is. */
function reasonOf(error: unknown): string {
  return error instanceof HubError ? error.message : 'Internal error.';
}
