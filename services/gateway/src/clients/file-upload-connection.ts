import { FileNotificationsClient, FileUploadsClient, repeatableRpcs } from '@linchpin/contracts';
import { checkHealth, createGrpcClients, type GrpcPlace } from '@linchpin/platform/grpc';

/** The generated clients of file-upload: for what devices upload, and for what back ends hear of it. */
export interface FileUploadConnection {
  readonly notifications: FileNotificationsClient;
  readonly uploads: FileUploadsClient;
  /** @throws Error for operators when the service does not serve */
  check(): Promise<void>;
  close(): void;
}

/** What an unanswered call has locked or granted is not asked for again: it comes to its end by itself. */
export function connectFileUpload(place: GrpcPlace): FileUploadConnection {
  const clients = createGrpcClients(
    { notifications: FileNotificationsClient, uploads: FileUploadsClient },
    { ...place, retried: repeatableRpcs },
  );
  return {
    ...clients,
    check: () => checkHealth(clients.notifications, 'linchpin.file_upload.v1.FileNotifications'),
  };
}
