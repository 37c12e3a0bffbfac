/** The registry's rpc on the audit log, answered with what a test says. */
import type { AuditEntry, ListAuditEntriesRequest } from '@linchpin/contracts';

/** @param entries the newest first */
export function fakeAuditLogRpcs(
  entries: readonly AuditEntry[],
): Record<string, (request: never) => object> {
  return {
    listAuditEntries: ({ before, limit }: ListAuditEntriesRequest) => {
      const behind = entries.filter(
        ({ id }) => before === undefined || Number(id) < Number(before),
      );
      const page = behind.slice(0, limit);
      return { entries: page, next: page.length < behind.length ? page.at(-1)?.id : undefined };
    },
  };
}
