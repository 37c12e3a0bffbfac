import {
  AuditLogClient,
  BulkRegistryClient,
  IdentityPagesClient,
  IdentityPagesService,
} from '@linchpin/contracts';
import type { GrpcTls } from '@linchpin/platform/config';
import { checkHealth, createGrpcClient } from '@linchpin/platform/grpc';

/** What may be sent again when the registry was not there to answer: what changes nothing. */
const retried = [
  IdentityPagesService.getHubGeneration.path,
  IdentityPagesService.countIdentities.path,
  IdentityPagesService.listIdentities.path,
];

export interface RegistryConnectionSettings {
  /** `host:port` */
  readonly address: string;
  readonly tls: GrpcTls | undefined;
}

/** The generated clients of the registry service; they connect on first use. */
export class RegistryConnection {
  readonly pages: IdentityPagesClient;
  readonly bulk: BulkRegistryClient;
  readonly auditLog: AuditLogClient;

  constructor({ address, tls }: RegistryConnectionSettings) {
    this.pages = createGrpcClient(IdentityPagesClient, { address, tls, retried });
    this.bulk = createGrpcClient(BulkRegistryClient, { address, tls });
    this.auditLog = createGrpcClient(AuditLogClient, { address, tls });
  }

  /** @throws Error for operators when the registry does not serve */
  async check(): Promise<void> {
    await checkHealth(this.pages, 'linchpin.registry.v1.IdentityPages');
  }

  close(): void {
    this.pages.close();
    this.bulk.close();
    this.auditLog.close();
  }
}
