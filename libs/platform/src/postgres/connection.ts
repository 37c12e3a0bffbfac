/**
 * How either side of a connection to PostgreSQL finds out that the other was lost without a word (a
 * machine that died, a failover, a cut cable). Left to TCP a client waits for a quarter of an hour and
 * the server for two hours, with the locks of who is gone held.
 */
import { Socket } from 'node:net';
import type { ClientConfig } from 'pg';

/** The server ends a statement then, unless its work is to wait. */
export const statementTimeoutMs = 10_000;

const connectTimeoutMs = 5_000;

/** Of the server, which ends a session whose client answers no probe. */
const probes = {
  tcp_keepalives_idle: 10,
  tcp_keepalives_interval: 5,
  tcp_keepalives_count: 3,
  tcp_user_timeout: 25_000,
};

/** What every connection of a service has in common. */
export function connectionSettings(url: string, schema: string): ClientConfig {
  const settings = Object.entries({ search_path: schema, ...probes });
  return {
    connectionString: url,
    connectionTimeoutMillis: connectTimeoutMs,
    options: settings.map(([name, value]) => `-c ${name}=${value}`).join(' '),
  };
}

/** A server that is there has said by then that it ended the statement. */
export function silenceMaxMs(timeoutMs: number): number {
  return 1.5 * timeoutMs;
}

/**
 * Breaks when nothing came and went for so long. The driver's own timeout of a query would leave the
 * connection whole, and a pool would give it to the next who asks.
 */
export function openSilenceBoundSocket(maxMs: number): Socket {
  const socket = new Socket();
  return socket.setTimeout(maxMs, () => {
    const error = new Error(`PostgreSQL was silent for ${maxMs} ms`);
    socket.destroy(Object.assign(error, { code: 'ETIMEDOUT' }));
  });
}
