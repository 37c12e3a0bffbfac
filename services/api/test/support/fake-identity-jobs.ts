/** Import and export jobs that are made and cancelled, and do nothing. */
import { randomUUID } from 'node:crypto';
import {
  JobStatus,
  type CancelJobRequest,
  type CreateJobRequest,
  type GetJobRequest,
  type Job,
  type ListJobsRequest,
} from '@linchpin/contracts';
import { HubError } from '@linchpin/wire';

interface FakeJobs {
  /** What came, with the signatures of its containers. */
  readonly requests: CreateJobRequest[];
  readonly rpcs: Record<string, (request: never) => object>;
}

export function fakeIdentityJobs(): FakeJobs {
  const requests: CreateJobRequest[] = [];
  const jobs = new Map<string, Job>();
  const find = ({ hub, jobId }: GetJobRequest): Job => {
    const job = jobs.get(`${hub}/${jobId}`);
    if (job === undefined) {
      throw new HubError('JobNotFound', 'The hub has no such job.');
    }
    return job;
  };
  return {
    requests,
    rpcs: {
      createJob: (request: CreateJobRequest) => {
        requests.push(request);
        const job: Job = {
          jobId: randomUUID(),
          status: JobStatus.ENQUEUED,
          progress: 0,
          startTime: new Date('2026-02-01T10:00:00Z'),
          work: request.work,
        };
        jobs.set(`${request.hub}/${job.jobId}`, job);
        return { job };
      },
      getJob: (request: GetJobRequest) => ({ job: find(request) }),
      listJobs: ({ hub }: ListJobsRequest) => ({
        jobs: [...jobs].flatMap(([key, job]) => (key.startsWith(`${hub}/`) ? [job] : [])),
      }),
      cancelJob: (request: CancelJobRequest) => {
        const endTime = new Date('2026-02-01T10:00:01Z');
        const job = { ...find(request), status: JobStatus.CANCELLED, endTime };
        jobs.set(`${request.hub}/${request.jobId}`, job);
        return { job };
      },
    },
  };
}
