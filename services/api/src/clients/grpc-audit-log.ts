import type { AuditEntry as AuditEntryMessage, AuditLogClient } from '@linchpin/contracts';
import { callUnary } from '@linchpin/platform/grpc';
import type { AuditEntry, AuditLog, AuditPage, AuditQuery } from '../domain/audit-log.js';
import { present } from './present.js';

const deadlineMs = 10_000;

/** Kept by the registry service, beside what it tells of. */
export class GrpcAuditLog implements AuditLog {
  constructor(private readonly client: AuditLogClient) {}

  async list(query: AuditQuery): Promise<AuditPage> {
    const { entries, next } = await callUnary(
      this.client.listAuditEntries.bind(this.client),
      { ...query },
      { name: 'AuditLog/ListAuditEntries', deadlineMs },
    );
    return { entries: entries.map(toEntry), next };
  }
}

function toEntry(message: AuditEntryMessage): AuditEntry {
  return {
    ...message,
    time: present(message.time),
    subject: JSON.parse(message.subjectJson) as AuditEntry['subject'],
    details: JSON.parse(message.detailsJson) as AuditEntry['details'],
    clientAddress: message.clientAddress,
    requestId: message.requestId,
    jobId: message.jobId,
    traceId: message.traceId,
  };
}
