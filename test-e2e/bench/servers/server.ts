/** What the load generator can be pointed at. */
import { createSecureContext } from 'node:tls';
import { hub } from '../../support/hub.js';
import type { Endpoint } from '../load/load-connection.js';
import type { Processes } from '../measure/cpu-meter.js';

export interface Server extends Endpoint {
  /** Its own, and those that work for it. */
  readonly processes: Processes;
  /** The processes whose memory counts. */
  readonly pids: readonly number[];
  /** Replaces the process by a fresh one. */
  restart(): Promise<void>;
}

/** Trusts the hub's authority, which has signed the certificate of all servers. */
export const clientContext = createSecureContext({ ca: hub.authority });
