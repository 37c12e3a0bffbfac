import {
  jobStatusMessages,
  toJobWork,
  toWorkMessage,
  wordOf,
  type IdentityJobsClient,
  type Job as JobMessage,
  type JobStatus as StatusMessage,
} from '@linchpin/contracts';
import { callUnary } from '@linchpin/platform/grpc';
import type { JobStatus, JobWork } from '@linchpin/wire';
import type { IdentityJob, IdentityJobs } from '../domain/identity-jobs.js';
import { present } from './present.js';

const deadlineMs = 5_000;

/** The containers are looked at before a job is made, and blob stores are far away; and see below. */
const creationDeadlineMs = 25_000;
/** The audit log hears of it first. */
const cancellationDeadlineMs = 15_000;

/** Import and export jobs, asked of the service that runs them. */
export class GrpcIdentityJobs implements IdentityJobs {
  constructor(private readonly client: IdentityJobsClient) {}

  async create(hub: string, work: JobWork): Promise<IdentityJob> {
    const { job } = await callUnary(
      this.client.createJob.bind(this.client),
      { hub, work: toWorkMessage(work) },
      { name: 'IdentityJobs/CreateJob', deadlineMs: creationDeadlineMs },
    );
    return toJob(present(job));
  }

  async get(hub: string, jobId: string): Promise<IdentityJob> {
    const { job } = await callUnary(
      this.client.getJob.bind(this.client),
      { hub, jobId },
      { name: 'IdentityJobs/GetJob', deadlineMs },
    );
    return toJob(present(job));
  }

  async list(hub: string): Promise<readonly IdentityJob[]> {
    const { jobs } = await callUnary(
      this.client.listJobs.bind(this.client),
      { hub },
      { name: 'IdentityJobs/ListJobs', deadlineMs },
    );
    return jobs.map(toJob);
  }

  async cancel(hub: string, jobId: string): Promise<IdentityJob> {
    const { job } = await callUnary(
      this.client.cancelJob.bind(this.client),
      { hub, jobId },
      { name: 'IdentityJobs/CancelJob', deadlineMs: cancellationDeadlineMs },
    );
    return toJob(present(job));
  }
}

function toJob(message: JobMessage): IdentityJob {
  const { jobId, progress, startTime, endTime, failureReason } = message;
  return {
    jobId,
    status: toStatus(message.status),
    progress,
    startTime,
    endTime,
    failureReason,
    work: toJobWork(present(message.work)),
  };
}

/** A newer service may know statuses that we don't; the job has ended in none but these. */
function toStatus(status: StatusMessage): JobStatus {
  return wordOf(jobStatusMessages, status) ?? 'running';
}
