import { IdentityJobsClient, IdentityJobsService } from '@linchpin/contracts';
import type { GrpcTls } from '@linchpin/platform/config';
import { createGrpcClient } from '@linchpin/platform/grpc';

export interface FileUploadConnectionSettings {
  /** `host:port` */
  readonly address: string;
  readonly tls: GrpcTls | undefined;
}

/** What may be sent again when the service was not there to answer: a job must not be made twice. */
const retried = [
  IdentityJobsService.getJob.path,
  IdentityJobsService.listJobs.path,
  IdentityJobsService.cancelJob.path,
];

/** The generated client of the service that runs import and export jobs; it connects on first use. */
export class FileUploadConnection {
  readonly jobs: IdentityJobsClient;

  constructor({ address, tls }: FileUploadConnectionSettings) {
    this.jobs = createGrpcClient(IdentityJobsClient, { address, tls, retried });
  }

  close(): void {
    this.jobs.close();
  }
}
