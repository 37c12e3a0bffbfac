import assert from 'node:assert';
import type {
  AddAuditEntryRequest,
  AddAuditEntryResponse,
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
    const { entries, next } = await this.parts.auditLog.list(query);
    return { entries: entries.map(toMessage), next };
  }

  @GrpcMethod('AuditLog', 'addAuditEntry')
  async addAuditEntry(request: AddAuditEntryRequest): Promise<AddAuditEntryResponse> {
    const { hub, operation, subjectJson, detailsJson } = request;
    const subject = parseObject(subjectJson) as Readonly<Record<string, string>>;
    await this.parts.auditLog.add(hub, { operation, subject, details: parseObject(detailsJson) });
    return {};
  }
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  const value: unknown = JSON.parse(text);
  assert(typeof value === 'object' && value !== null, 'services tell of changes by objects');
  return value as Readonly<Record<string, unknown>>;
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
