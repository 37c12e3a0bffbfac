import assert from 'node:assert';
import {
  jobStatusMessages,
  toJobWork,
  toWorkMessage,
  type CancelJobRequest,
  type CancelJobResponse,
  type CreateJobRequest,
  type CreateJobResponse,
  type GetJobRequest,
  type GetJobResponse,
  type IdentityJobsService,
  type Job as JobMessage,
  type ListJobsRequest,
  type ListJobsResponse,
} from '@linchpin/contracts';
import { currentActor } from '@linchpin/platform/actor';
import type { RpcHandlers } from '@linchpin/platform/grpc-server';
import { HubError } from '@linchpin/wire';
import { Controller, Inject } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import type { IdentityJob, JobCreator } from '../domain/identity-job.js';
import type { IdentityJobs } from '../domain/identity-jobs.js';
import type { JobWorker } from '../domain/job-worker.js';
import type { FileUploadEvents } from '../events.js';

export interface IdentityJobsControllerParts {
  readonly jobs: IdentityJobs;
  readonly worker: JobWorker;
  readonly events: FileUploadEvents;
}

export const identityJobsControllerParts = Symbol('IdentityJobsControllerParts');

@Controller()
export class IdentityJobsController implements RpcHandlers<typeof IdentityJobsService> {
  constructor(
    @Inject(identityJobsControllerParts) private readonly parts: IdentityJobsControllerParts,
  ) {}

  @GrpcMethod('IdentityJobs', 'createJob')
  async createJob({ hub, work }: CreateJobRequest): Promise<CreateJobResponse> {
    if (work === undefined) {
      throw new HubError('ArgumentNull', 'The work of the job is missing.');
    }
    const job = await this.parts.jobs.create(hub, toJobWork(work), creator());
    this.parts.events.jobCreated(job);
    this.parts.worker.wake();
    return { job: toJobMessage(job) };
  }

  @GrpcMethod('IdentityJobs', 'getJob')
  async getJob({ hub, jobId }: GetJobRequest): Promise<GetJobResponse> {
    return { job: toJobMessage(await this.parts.jobs.get(hub, jobId)) };
  }

  @GrpcMethod('IdentityJobs', 'listJobs')
  async listJobs({ hub }: ListJobsRequest): Promise<ListJobsResponse> {
    const jobs = await this.parts.jobs.list(hub);
    return { jobs: jobs.map(toJobMessage) };
  }

  @GrpcMethod('IdentityJobs', 'cancelJob')
  async cancelJob({ hub, jobId }: CancelJobRequest): Promise<CancelJobResponse> {
    const job = await this.parts.jobs.cancel(hub, jobId);
    this.parts.worker.abandon(job.jobId);
    return { job: toJobMessage(job) };
  }
}

/** Whoever asked, as the caller names them. */
function creator(): JobCreator {
  const actor = currentActor();
  assert(actor !== undefined, 'each rpc is served on behalf of somebody');
  const { kind, name, clientAddress, requestId } = actor;
  return { kind, name, clientAddress, requestId };
}

function toJobMessage(job: IdentityJob): JobMessage {
  const { jobId, progress, startTime, endTime, failureReason } = job;
  return {
    jobId,
    status: jobStatusMessages[job.status],
    progress,
    startTime,
    endTime,
    failureReason,
    work: toWorkMessage(job.work),
  };
}
