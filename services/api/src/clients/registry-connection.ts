import {
  CertificatesClient,
  CertificatesService,
  AuditLogClient,
  AuditLogService,
  BulkRegistryClient,
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
  methodName(RegistryService.authorizeService.path),
  methodName(RegistryService.resolveHub.path),
  methodName(EdgeAccessService.authorizeEdge.path),
  methodName(RegistryService.getIdentity.path),
  methodName(RegistryService.listDevices.path),
  methodName(RegistryService.listModules.path),
  methodName(RegistryService.getStatistics.path),
  methodName(HubAdministrationService.createHub.path),
  methodName(HubAdministrationService.getHub.path),
  methodName(HubAdministrationService.listHubs.path),
  methodName(HubAdministrationService.listPolicies.path),
  methodName(CertificatesService.listCertificates.path),
  methodName(CertificatesService.getCertificate.path),
  methodName(AuditLogService.listAuditEntries.path),
  methodName(ConsumerGroupsService.listConsumerGroups.path),
  methodName(ConsumerGroupsService.createConsumerGroup.path),
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
    this.bulk = createGrpcClient(BulkRegistryClient, { address, tls, retried });
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

/** `/linchpin.registry.v1.Registry/GetIdentity` → without the leading slash. */
function methodName(path: string): `${string}/${string}` {
  return path.slice(1) as `${string}/${string}`;
}
