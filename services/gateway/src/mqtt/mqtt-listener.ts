import { constants } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type BlockList, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import {
  createSecureContext,
  TLSSocket,
  type SecureContext,
  type SecureContextOptions,
} from 'node:tls';
import type { HostPort } from '@linchpin/platform/config';
import { readProxyHeader } from '@linchpin/platform/tls';
import type { Admission, AdmissionSlot } from './admission.js';
import { MqttConnection } from './mqtt-connection.js';
import type { MqttServices } from './mqtt-services.js';
import { peerCertificates } from './peer-certificates.js';

/** The certificates that new connections get: `ServerCertificates` of `@linchpin/platform/tls`. */
interface CertificateSource {
  readonly secureContextOptions: SecureContextOptions;
}

export interface MqttListenerOptions {
  readonly listen: readonly HostPort[];
  readonly certificates: CertificateSource;
  /** Addresses that begin each connection with a PROXY header; nobody else's header is believed. */
  readonly proxies: BlockList;
  /** For the PROXY header and the TLS handshake, each. */
  readonly handshakeTimeoutMs: number;
  /** Over how long the ends of many connections are spread when the gateway stops. */
  readonly drainMs: number;
  readonly admission: Admission;
  readonly services: MqttServices;
}

const deadlineCheckMs = 1_000;
/** Connections that are closed at once while draining, unless that takes too long. */
const drainBatch = 100;
const drainPauseMs = 50;

/**
 * Accepts MQTT over TLS (device-mqtt.md section 1). A client certificate is asked for and never
 * demanded: whether it counts is decided at CONNECT, since devices with keys use the same port.
 */
export class MqttListener {
  readonly #servers: readonly Server[];
  readonly #connections = new Set<MqttConnection>();
  /** Sockets that are not yet a connection: no byte of MQTT has come. */
  readonly #arriving = new Set<Socket>();
  /** Of those, the ones whose PROXY header has not come: whom they are for is not known. */
  #unnamed = 0;
  #secureContext: SecureContext | undefined;
  #contextOptions: SecureContextOptions | undefined;
  #deadlineTimer: NodeJS.Timeout | undefined;

  private constructor(private readonly options: MqttListenerOptions) {
    this.#servers = options.listen.map(() => this.#createServer());
  }

  static async start(options: MqttListenerOptions): Promise<MqttListener> {
    const listener = new MqttListener(options);
    for (const [index, { host, port }] of options.listen.entries()) {
      const server = listener.#servers[index];
      server?.listen({ host, port, backlog: 4_096 });
      await (server && once(server, 'listening'));
      // Out of file descriptors, mostly: whoever came is gone, the next one may have more luck.
      server?.on('error', () => {
        options.services.events.turnedAway('', 'accept-failed');
      });
    }
    listener.#deadlineTimer = setInterval(() => {
      listener.#checkDeadlines();
    }, deadlineCheckMs);
    return listener;
  }

  /** Where it listens; of use where the port was left to the system. */
  get ports(): readonly number[] {
    return this.#servers.map((server) => {
      const address = server.address();
      return typeof address === 'object' && address !== null ? address.port : 0;
    });
  }

  /** No further connection is accepted, and none that has not come to its first packet goes on. */
  stopAccepting(): void {
    for (const server of this.#servers) {
      server.close();
    }
    for (const socket of this.#arriving) {
      socket.destroy();
    }
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

  #createServer(): Server {
    return createServer({ noDelay: true, pauseOnConnect: true }, (socket) => {
      // A late error of a socket that is closed already is of no interest, and must not end the process.
      socket.on('error', () => undefined);
      this.#arriving.add(socket);
      socket.once('close', () => {
        this.#arriving.delete(socket);
      });
      void this.#accept(socket);
    });
  }

  async #accept(socket: Socket): Promise<void> {
    const { admission, services } = this.options;
    const remoteAddress = await this.#clientAddress(socket);
    if (remoteAddress === undefined) {
      return;
    }
    const slot = admission.enter(remoteAddress);
    if (typeof slot === 'string') {
      services.events.turnedAway(remoteAddress, slot);
      socket.destroy();
      return;
    }
    socket.once('close', () => {
      slot.ended();
    });
    this.#shakeHands(socket, remoteAddress, slot);
  }

  /** Undefined when the socket is closed, or had to be. */
  async #clientAddress(socket: Socket): Promise<string | undefined> {
    const { proxies, handshakeTimeoutMs, services, admission } = this.options;
    const peer = socket.remoteAddress;
    if (peer === undefined) {
      socket.destroy();
      return undefined;
    }
    if (!proxies.check(peer, socket.remoteFamily === 'IPv6' ? 'ipv6' : 'ipv4')) {
      return peer;
    }
    if (this.#unnamed >= admission.unauthenticatedMax) {
      services.events.turnedAway(peer, 'unauthenticated');
      socket.destroy();
      return undefined;
    }
    this.#unnamed += 1;
    try {
      const client = (await readProxyHeader(socket, handshakeTimeoutMs)) ?? peer;
      return socket.destroyed ? undefined : client;
    } catch {
      services.events.turnedAway(peer, 'proxy-header');
      socket.destroy();
      return undefined;
    } finally {
      this.#unnamed -= 1;
    }
  }

  #shakeHands(socket: Socket, remoteAddress: string, slot: AdmissionSlot): void {
    const tlsSocket = new TLSSocket(socket, {
      isServer: true,
      secureContext: this.#currentContext(),
      requestCert: true,
      rejectUnauthorized: false,
    });
    const turnAway = (reason: string): void => {
      this.options.services.events.turnedAway(remoteAddress, reason);
      tlsSocket.destroy();
    };
    const deadline = setTimeout(() => {
      turnAway('handshake-timeout');
    }, this.options.handshakeTimeoutMs);
    const onError = (): void => {
      turnAway('handshake-failed');
    };
    tlsSocket.once('error', onError);
    socket.once('close', () => {
      clearTimeout(deadline);
    });
    tlsSocket.once('secure', () => {
      clearTimeout(deadline);
      tlsSocket.off('error', onError);
      this.#arriving.delete(socket);
      this.#open(tlsSocket, remoteAddress, slot);
    });
  }

  #open(socket: TLSSocket, remoteAddress: string, slot: AdmissionSlot): void {
    const connection = new MqttConnection({
      socket,
      remoteAddress,
      certificates: () => peerCertificates(socket),
      services: this.options.services,
      onProven: () => {
        slot.admitted();
      },
      onEnded: () => {
        this.#connections.delete(connection);
      },
    });
    this.#connections.add(connection);
  }

  /** Made once for each set of certificates. */
  #currentContext(): SecureContext {
    const { secureContextOptions } = this.options.certificates;
    if (this.#secureContext === undefined || this.#contextOptions !== secureContextOptions) {
      this.#contextOptions = secureContextOptions;
      this.#secureContext = createSecureContext({ ...secureContextOptions, secureOptions });
    }
    return this.#secureContext;
  }

  #checkDeadlines(): void {
    const now = performance.now();
    for (const connection of this.#connections) {
      connection.checkDeadlines(now);
    }
  }
}

/**
 * No session is resumed: a resumed one has lost the intermediates of the client's certificate, and
 * each CONNECT must be judged by what the client shows (section 1.2). Renegotiation, which no SDK
 * needs, would let a client make the gateway compute without end.
 */
const secureOptions = constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION;
