import {
  AuditLogClient,
  AuditLogService,
  BulkRegistryClient,
  CertificatesClient,
  CertificatesService,
  ConsumerGroupsClient,
  ConsumerGroupsService,
  EdgeAccessClient,
  EdgeAccessService,
  HubAdministrationClient,
  HubAdministrationService,
  RegistryClient,
  RegistryService,
} from '@linchpin/contracts';
import type { GrpcTls } from '@linchpin/platform/config';
import { checkHealth, createGrpcClient } from '@linchpin/platform/grpc';

/**
 * What may be sent again when the registry was not there to answer: reading, and what a repetition
 * finds done. An identity that was created or updated by an unanswered call would be a conflict.
 */
const retried = [
  RegistryService.authorizeService.path,
  RegistryService.resolveHub.path,
  EdgeAccessService.authorizeEdge.path,
  RegistryService.getIdentity.path,
  RegistryService.listDevices.path,
  RegistryService.listModules.path,
  RegistryService.getStatistics.path,
  HubAdministrationService.createHub.path,
  HubAdministrationService.getHub.path,
  HubAdministrationService.listHubs.path,
  HubAdministrationService.listPolicies.path,
  CertificatesService.listCertificates.path,
  CertificatesService.getCertificate.path,
  AuditLogService.listAuditEntries.path,
  ConsumerGroupsService.listConsumerGroups.path,
  ConsumerGroupsService.createConsumerGroup.path,
];

export interface RegistryConnectionSettings {
  /** `host:port` */
  readonly address: string;
  readonly tls: GrpcTls | undefined;
}

/** The generated clients of the registry service; they connect on first use. */
export class RegistryConnection {
  readonly registry: RegistryClient;
  readonly bulk: BulkRegistryClient;
  readonly edge: EdgeAccessClient;
  readonly hubs: HubAdministrationClient;
  readonly certificates: CertificatesClient;
  readonly auditLog: AuditLogClient;
  readonly consumerGroups: ConsumerGroupsClient;

  constructor({ address, tls }: RegistryConnectionSettings) {
    this.registry = createGrpcClient(RegistryClient, { address, tls, retried });
    this.bulk = createGrpcClient(BulkRegistryClient, { address, tls });
    this.edge = createGrpcClient(EdgeAccessClient, { address, tls, retried });
    this.hubs = createGrpcClient(HubAdministrationClient, { address, tls, retried });
    this.certificates = createGrpcClient(CertificatesClient, { address, tls, retried });
    this.auditLog = createGrpcClient(AuditLogClient, { address, tls, retried });
    this.consumerGroups = createGrpcClient(ConsumerGroupsClient, { address, tls, retried });
  }

  /** @throws Error for operators when the registry does not serve */
  async check(): Promise<void> {
    await checkHealth(this.registry, 'linchpin.registry.v1.Registry');
  }

  close(): void {
    this.registry.close();
    this.bulk.close();
    this.edge.close();
    this.hubs.close();
    this.certificates.close();
    this.auditLog.close();
    this.consumerGroups.close();
  }
}
