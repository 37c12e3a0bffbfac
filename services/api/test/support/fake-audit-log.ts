/** The registry's rpc on the audit log, answered with what a test says. */
import type { AuditEntry, ListAuditEntriesRequest } from '@linchpin/contracts';

/** @param entries the newest first */
export function fakeAuditLogRpcs(
  entries: readonly AuditEntry[],
): Record<string, (request: never) => object> {
  return {
    listAuditEntries: ({ before, limit }: ListAuditEntriesRequest) => ({
      entries: entries
        .filter(({ id }) => before === undefined || Number(id) < Number(before))
        .slice(0, limit),
    }),
  };
}
