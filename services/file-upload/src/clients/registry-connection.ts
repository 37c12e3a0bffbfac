import {
  AuditLogClient,
  BulkRegistryClient,
  IdentityPagesClient,
  repeatableRpcs,
  UploadSettingsClient,
} from '@linchpin/contracts';
import { checkHealth, createGrpcClients, type GrpcPlace } from '@linchpin/platform/grpc';

/** The generated clients of the registry service. */
export interface RegistryConnection {
  readonly pages: IdentityPagesClient;
  readonly bulk: BulkRegistryClient;
  readonly auditLog: AuditLogClient;
  readonly uploadSettings: UploadSettingsClient;
  /** @throws Error for operators when the registry does not serve */
  check(): Promise<void>;
  close(): void;
}

export function connectRegistry(place: GrpcPlace): RegistryConnection {
  const clients = createGrpcClients(
    {
      pages: IdentityPagesClient,
      bulk: BulkRegistryClient,
      auditLog: AuditLogClient,
      uploadSettings: UploadSettingsClient,
    },
    { ...place, retried: repeatableRpcs },
  );
  return {
    ...clients,
    check: () => checkHealth(clients.pages, 'linchpin.registry.v1.IdentityPages'),
  };
}
