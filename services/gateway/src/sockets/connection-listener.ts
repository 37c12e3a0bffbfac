import { listenAsSet } from '@linchpin/platform/lifecycle';
import { TlsListener, type ListenOptions } from '@linchpin/platform/tls';
import type { Admission, AdmissionSlot } from './admission.js';
import { ListenedConnections, type OpenConnection } from './listened-connections.js';

export interface ConnectionListenerOptions extends ListenOptions {
  /** Over how long the ends of many connections are spread when the gateway stops. */
  readonly drainMs: number;
  readonly admission: Admission;
  /** Which variable says where to listen. */
  readonly variable: string;
  readonly open: OpenConnection;
  readonly onTurnedAway: (remoteAddress: string, reason: string, detail?: string) => void;
}

/**
 * Accepts clients over TLS and holds their connections to their times. Whether a client certificate counts is
 * decided later, since devices with keys use the same port.
 */
export class ConnectionListener {
  readonly #tls: TlsListener<AdmissionSlot>;
  readonly #connections: ListenedConnections;

  private constructor(options: ConnectionListenerOptions) {
    const { admission, drainMs, open, onTurnedAway } = options;
    this.#connections = new ListenedConnections(drainMs);
    this.#tls = new TlsListener({
      ...options,
      asksForCertificate: true,
      unnamedMax: admission.unauthenticatedMax,
      onClient: (socket, client, slot) => {
        this.#connections.add({ socket, secured: socket, client, slot }, open);
      },
      onTurnedAway,
    });
  }

  /** @throws SettingFault when an address cannot be listened on */
  static async start(options: ConnectionListenerOptions): Promise<ConnectionListener> {
    const listener = new ConnectionListener(options);
    await listenAsSet(options.variable, () => listener.#tls.listen());
    listener.#connections.start();
    return listener;
  }

  /** Where it listens; of use where the port was left to the system. */
  get ports(): readonly number[] {
    return this.#tls.ports;
  }

  /** No further connection is accepted, and none whose handshake is not done goes on. */
  stopAccepting(): void {
    this.#tls.stopAccepting();
  }

  /** Ends all connections in good order. */
  drain(): Promise<void> {
    return this.#connections.drain();
  }
}
