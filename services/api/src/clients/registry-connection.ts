import {
  AuditLogClient,
  BulkRegistryClient,
  CertificatesClient,
  ConsumerGroupsClient,
  EdgeAccessClient,
  HubAdministrationClient,
  RegistryClient,
  repeatableRpcs,
  streamedRpcs,
} from '@linchpin/contracts';
import { checkHealth, createGrpcClients, type GrpcPlace } from '@linchpin/platform/grpc';

/** The generated clients of the registry service. */
export interface RegistryConnection {
  readonly registry: RegistryClient;
  readonly bulk: BulkRegistryClient;
  readonly edge: EdgeAccessClient;
  readonly hubs: HubAdministrationClient;
  readonly certificates: CertificatesClient;
  readonly auditLog: AuditLogClient;
  readonly consumerGroups: ConsumerGroupsClient;
  /** @throws Error for operators when the registry does not serve */
  check(): Promise<void>;
  close(): void;
}

export function connectRegistry(place: GrpcPlace): RegistryConnection {
  const clients = createGrpcClients(
    {
      registry: RegistryClient,
      bulk: BulkRegistryClient,
      edge: EdgeAccessClient,
      hubs: HubAdministrationClient,
      certificates: CertificatesClient,
      auditLog: AuditLogClient,
      consumerGroups: ConsumerGroupsClient,
    },
    { ...place, retried: repeatableRpcs, streamed: streamedRpcs },
  );
  return {
    ...clients,
    check: () => checkHealth(clients.registry, 'linchpin.registry.v1.Registry'),
  };
}
