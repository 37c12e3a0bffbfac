/** What the load generator can be pointed at. */
import { createSecureContext, type SecureContext } from 'node:tls';
import { hub } from '../../support/hub.js';
import type { Processes } from '../measure/cpu-meter.js';

export interface Server {
  readonly host: string;
  readonly port: number;
  readonly secureContext: SecureContext;
  /** Its own, and those that work for it. */
  readonly processes: Processes;
  /** The processes whose memory counts. */
  readonly pids: readonly number[];
  /** Replaces the process by a fresh one. */
  restart(): Promise<void>;
}

/** Trusts the hub's authority, which has signed the certificate of all servers. */
export const clientContext = createSecureContext({ ca: hub.authority });
