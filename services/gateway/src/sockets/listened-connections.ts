import { setTimeout as delay } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import type { ClientSource } from '@linchpin/auth';
import type { AdmissionSlot } from './admission.js';
import type { ClientSocket } from './client-socket.js';
import { peerCertificates } from './peer-certificates.js';

/** A client whose TLS handshake is done. */
export interface AcceptedClient {
  readonly socket: ClientSocket;
  /** When it is not TLS itself that it speaks on. */
  readonly transport?: 'ws';
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

/** Begins to speak with a client. */
export type OpenConnection = (accepted: AcceptedClient) => ListenedConnection;

type ArrivedClient = Pick<AcceptedClient, 'socket' | 'transport' | 'client'> & {
  /** By which it has come, with what it has shown. */
  readonly secured: TLSSocket;
  readonly slot: AdmissionSlot;
};

const deadlineCheckMs = 1_000;
/** Connections that are closed at once while draining, unless that takes too long. */
const drainBatch = 100;
const drainPauseMs = 50;

/** The connections of one listener: holds them to their times, and ends them in good order. */
export class ListenedConnections {
  readonly #connections = new Set<ListenedConnection>();
  #deadlineTimer: NodeJS.Timeout | undefined;

  /** @param drainMs over how long the ends of many connections are spread when the gateway stops */
  constructor(private readonly drainMs: number) {}

  /** From now on connections are held to their times, until `drain`. */
  start(): void {
    this.#deadlineTimer = setInterval(() => {
      this.#checkDeadlines();
    }, deadlineCheckMs);
  }

  add({ secured, slot, ...arrived }: ArrivedClient, open: OpenConnection): void {
    const connection = open({
      ...arrived,
      certificates: () => peerCertificates(secured),
      onProven: () => {
        slot.admitted();
      },
      onEnded: () => {
        this.#connections.delete(connection);
      },
    });
    this.#connections.add(connection);
  }

  /**
   * Ends all connections, each after what it sent is stored and acknowledged, a few at a time so that
   * their reconnects reach the other gateways spread over time.
   */
  async drain(): Promise<void> {
    const draining: Promise<void>[] = [];
    const steps = Math.max(1, Math.floor(this.drainMs / drainPauseMs));
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

  #checkDeadlines(): void {
    const now = performance.now();
    for (const connection of this.#connections) {
      connection.checkDeadlines(now);
    }
  }
}
