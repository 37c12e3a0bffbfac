import { IdentityJobsClient, repeatableRpcs } from '@linchpin/contracts';
import { createGrpcClients, type GrpcPlace } from '@linchpin/platform/grpc';

/** The generated client of the service that runs import and export jobs. */
export interface FileUploadConnection {
  readonly jobs: IdentityJobsClient;
  close(): void;
}

export function connectFileUpload(place: GrpcPlace): FileUploadConnection {
  return createGrpcClients({ jobs: IdentityJobsClient }, { ...place, retried: repeatableRpcs });
}
