import { HubError } from '@linchpin/wire';
import type { ConnectionTable } from './connection-table.js';
import type { DeviceConnection } from './device-connection.js';
import type { Presence } from './presence.js';

/** Holds that are asked for at once. */
const batchSize = 100;

/**
 * Makes presence and the connections of this gateway agree again, after the gateway was taken for
 * dead or the store lost changes: what is connected is held again, or closed when another gateway has
 * it by now, and what is held without a connection is released. Who is held again asks for the messages that
 * came meanwhile.
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
        const reclaimed = await presence.reclaim(held);
        if (reclaimed === 'lost') {
          void connection.end('takeover');
        }
        if (reclaimed === 'restored') {
          await tellMessagesWait(connection);
        }
      }),
    );
  }
  await presence.releaseUnknown((connectionId) => table.find(connectionId) !== undefined);
}

/** Who sent some while the store named nobody had nobody to tell. */
async function tellMessagesWait(connection: DeviceConnection): Promise<void> {
  try {
    (await connection.downlink())?.tellMessagesWait();
  } catch (error) {
    const isDeaf = error instanceof HubError && error.code === 'DeviceNotOnline';
    if (!isDeaf) {
      throw error;
    }
  }
}
