import { FileNotificationsClient } from '@linchpin/contracts';
import { checkHealth, createGrpcClients, type GrpcPlace } from '@linchpin/platform/grpc';

/** The generated client of file-upload for what back ends hear of. */
export interface FileUploadConnection {
  readonly notifications: FileNotificationsClient;
  /** @throws Error for operators when the service does not serve */
  check(): Promise<void>;
  close(): void;
}

/** Nothing is sent again: what an unanswered call has locked comes to somebody once its lock is over. */
export function connectFileUpload(place: GrpcPlace): FileUploadConnection {
  const clients = createGrpcClients({ notifications: FileNotificationsClient }, place);
  return {
    ...clients,
    check: () => checkHealth(clients.notifications, 'linchpin.file_upload.v1.FileNotifications'),
  };
}
