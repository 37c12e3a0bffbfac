import type {
  AuditEntry as AuditEntryMessage,
  AuditLogService,
  ListAuditEntriesRequest,
  ListAuditEntriesResponse,
} from '@linchpin/contracts';
import type { RpcHandlers } from '@linchpin/platform/grpc-server';
import { Controller, Inject } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import type { AuditEntry, AuditLog } from '../domain/audit-log.js';

export interface AuditLogControllerParts {
  readonly auditLog: AuditLog;
}

export const auditLogControllerParts = Symbol('AuditLogControllerParts');

@Controller()
export class AuditLogController implements RpcHandlers<typeof AuditLogService> {
  constructor(@Inject(auditLogControllerParts) private readonly parts: AuditLogControllerParts) {}

  @GrpcMethod('AuditLog', 'listAuditEntries')
  async listAuditEntries(request: ListAuditEntriesRequest): Promise<ListAuditEntriesResponse> {
    const { subscriptionId, hub, from, to, before, limit } = request;
    const query = { subscriptionId, hub, from, to, before, limit };
    const entries = await this.parts.auditLog.list(query);
    return { entries: entries.map(toMessage) };
  }
}

function toMessage({ subject, details, actor, ...same }: AuditEntry): AuditEntryMessage {
  return {
    ...same,
    subjectJson: JSON.stringify(subject),
    detailsJson: JSON.stringify(details),
    actorKind: actor.kind,
    actorName: actor.name,
    clientAddress: actor.clientAddress,
  };
}
