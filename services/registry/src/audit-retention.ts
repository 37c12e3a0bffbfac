import { RepeatedWork } from '@linchpin/platform/lifecycle';
import type { AuditLog } from './domain/audit-log.js';
import type { RegistryEvents } from './events.js';

interface AuditRetentionParts {
  readonly auditLog: AuditLog;
  readonly events: RegistryEvents;
  /** So long an entry is kept. */
  readonly days: number;
}

const periodMs = 3_600_000;
const dayMs = 86_400_000;

/** Removes, each hour, the audit entries that are older than they are kept. */
export function startAuditRetention(parts: AuditRetentionParts): RepeatedWork {
  return RepeatedWork.start((signal) => removeOld(parts, signal), periodMs);
}

async function removeOld(
  { auditLog, events, days }: AuditRetentionParts,
  signal: AbortSignal,
): Promise<void> {
  const before = new Date(Date.now() - days * dayMs);
  try {
    let removed = Number.POSITIVE_INFINITY;
    while (removed > 0 && !signal.aborted) {
      removed = await auditLog.removeOlder(before);
      if (removed > 0) {
        events.auditEntriesRemoved(removed);
      }
    }
  } catch (error) {
    events.auditEntriesUnremoved(error);
  }
}
