import type { AuditLogClient } from '@linchpin/contracts';
import { callUnary } from '@linchpin/platform/grpc';
import type { AuditedChange, AuditLog } from '../domain/audit-log.js';

const deadlineMs = 5_000;

/** Kept by the registry service, beside what it tells of. */
export class GrpcAuditLog implements AuditLog {
  constructor(private readonly client: AuditLogClient) {}

  async add(hub: string, { operation, jobId, details }: AuditedChange): Promise<void> {
    await callUnary(
      this.client.addAuditEntry.bind(this.client),
      {
        hub,
        operation,
        subjectJson: JSON.stringify({ jobId }),
        detailsJson: JSON.stringify(details),
      },
      { name: 'AuditLog/AddAuditEntry', deadlineMs },
    );
  }
}
