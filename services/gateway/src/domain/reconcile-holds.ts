import type { ConnectionTable } from './connection-table.js';
import type { Presence } from './presence.js';

/** Holds that are asked for at once. */
const batchSize = 100;

/**
 * Makes presence and the connections of this gateway agree again, after the gateway was taken for
 * dead or the store lost changes: what is connected is held again, or closed when another gateway has
 * it by now, and what is held without a connection is released.
 *
 * @throws HubError `ServiceUnavailable`: the rest must be done later
 */
export async function reconcileHolds(table: ConnectionTable, presence: Presence): Promise<void> {
  const entries = table.all();
  for (let start = 0; start < entries.length; start += batchSize) {
    const batch = entries.slice(start, start + batchSize);
    await Promise.all(
      batch.map(async ({ connection, held }) => {
        // One that ended meanwhile has released its hold, which must not begin again.
        if (held === undefined || connection.isEnded) {
          return;
        }
        if (!(await presence.reclaim(held))) {
          void connection.end('takeover');
        }
      }),
    );
  }
  await presence.releaseUnknown((connectionId) => table.find(connectionId) !== undefined);
}
