/** Import and export jobs (service-rest.md section 5). */
import type { JobStatus, JobWork } from '@linchpin/wire';
import type { Hub } from './hub.js';

export interface IdentityJob {
  readonly jobId: string;
  readonly status: JobStatus;
  readonly progress: number;
  readonly startTime: Date | undefined;
  readonly endTime: Date | undefined;
  readonly failureReason: string | undefined;
  /** Its containers bear no signature. */
  readonly work: JobWork;
}

/** Every method throws HubError, in the words of the service that runs the jobs. */
export interface IdentityJobs {
  create(hub: Hub['name'], work: JobWork): Promise<IdentityJob>;
  get(hub: Hub['name'], jobId: string): Promise<IdentityJob>;
  list(hub: Hub['name']): Promise<readonly IdentityJob[]>;
  cancel(hub: Hub['name'], jobId: string): Promise<IdentityJob>;
}
