import { setTimeout as delay } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import type { ClientSource } from '@linchpin/auth';
import { listenAsSet } from '@linchpin/platform/lifecycle';
import { TlsListener, type ListenOptions } from '@linchpin/platform/tls';
import type { Admission, AdmissionSlot } from './admission.js';
import type { ClientSocket } from './client-socket.js';
import { peerCertificates } from './peer-certificates.js';

/** A client whose TLS handshake is done. */
export interface AcceptedClient {
  readonly socket: ClientSocket;
  readonly client: ClientSource;
  /** What it showed in the handshake, the leaf first, each in DER. */
  readonly certificates: () => readonly Buffer[];
  /** To be called when it has shown a credential that counts. */
  readonly onProven: () => void;
  /** To be called once, when the connection has ended. */
  readonly onEnded: () => void;
}

/** A connection, whatever is spoken on it. */
export interface ListenedConnection {
  /** Ends it if its time is up. @param nowMs as `performance.now()` tells it */
  checkDeadlines(nowMs: number): void;
  /** Reads no more, answers what it has read, and ends then. */
  drain(): Promise<void>;
}

export interface ConnectionListenerOptions extends ListenOptions {
  /** Over how long the ends of many connections are spread when the gateway stops. */
  readonly drainMs: number;
  readonly admission: Admission;
  /** Which variable says where to listen. */
  readonly variable: string;
  readonly open: (accepted: AcceptedClient) => ListenedConnection;
  readonly onTurnedAway: (remoteAddress: string, reason: string, detail?: string) => void;
}

const deadlineCheckMs = 1_000;
/** Connections that are closed at once while draining, unless that takes too long. */
const drainBatch = 100;
const drainPauseMs = 50;

/**
 * Accepts clients over TLS and holds their connections to their times. Whether a client certificate counts is
 * decided later, since devices with keys use the same port.
 */
export class ConnectionListener {
  readonly #tls: TlsListener<AdmissionSlot>;
  readonly #connections = new Set<ListenedConnection>();
  #deadlineTimer: NodeJS.Timeout | undefined;

  private constructor(private readonly options: ConnectionListenerOptions) {
    const { admission, onTurnedAway } = options;
    this.#tls = new TlsListener({
      ...options,
      asksForCertificate: true,
      unnamedMax: admission.unauthenticatedMax,
      onClient: (socket, client, slot) => {
        this.#open(socket, client, slot);
      },
      onTurnedAway,
    });
  }

  /** @throws SettingFault when an address cannot be listened on */
  static async start(options: ConnectionListenerOptions): Promise<ConnectionListener> {
    const listener = new ConnectionListener(options);
    await listenAsSet(options.variable, () => listener.#tls.listen());
    listener.#deadlineTimer = setInterval(() => {
      listener.#checkDeadlines();
    }, deadlineCheckMs);
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

  /**
   * Ends all connections, each after what it sent is stored and acknowledged, a few at a time so that
   * their reconnects reach the other gateways spread over time.
   */
  async drain(): Promise<void> {
    const draining: Promise<void>[] = [];
    const steps = Math.max(1, Math.floor(this.options.drainMs / drainPauseMs));
    const batch = Math.max(drainBatch, Math.ceil(this.#connections.size / steps));
    for (const connection of [...this.#connections]) {
      draining.push(connection.drain());
      if (draining.length % batch === 0) {
        await delay(drainPauseMs);
      }
    }
    await Promise.all(draining);
    clearInterval(this.#deadlineTimer);
  }

  #open(socket: TLSSocket, client: ClientSource, slot: AdmissionSlot): void {
    const connection = this.options.open({
      socket,
      client,
      certificates: () => peerCertificates(socket),
      onProven: () => {
        slot.admitted();
      },
      onEnded: () => {
        this.#connections.delete(connection);
      },
    });
    this.#connections.add(connection);
  }

  #checkDeadlines(): void {
    const now = performance.now();
    for (const connection of this.#connections) {
      connection.checkDeadlines(now);
    }
  }
}
