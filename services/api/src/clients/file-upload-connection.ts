import { FileNotificationsClient, IdentityJobsClient, repeatableRpcs } from '@linchpin/contracts';
import { checkHealth, createGrpcClients, type GrpcPlace } from '@linchpin/platform/grpc';

/** The generated clients of the service that runs import and export jobs, and tells of uploaded files. */
export interface FileUploadConnection {
  readonly jobs: IdentityJobsClient;
  readonly notifications: FileNotificationsClient;
  /** @throws Error for operators when the service does not serve */
  check(): Promise<void>;
  close(): void;
}

export function connectFileUpload(place: GrpcPlace): FileUploadConnection {
  const clients = createGrpcClients(
    { jobs: IdentityJobsClient, notifications: FileNotificationsClient },
    { ...place, retried: repeatableRpcs },
  );
  return {
    ...clients,
    check: () => checkHealth(clients.jobs, 'linchpin.file_upload.v1.IdentityJobs'),
  };
}
