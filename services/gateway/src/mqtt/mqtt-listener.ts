import { once } from 'node:events';
import { createServer, type BlockList, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { createSecureContext, TLSSocket, type SecureContext } from 'node:tls';
import type { HostPort } from '@linchpin/platform/config';
import type { Admission, AdmissionSlot } from './admission.js';
import { MqttConnection } from './mqtt-connection.js';
import type { MqttServices } from './mqtt-services.js';
import { readProxyHeader } from './proxy-protocol.js';

/** A chain of certificates and the key of the first, in PEM. */
export interface ServerCertificate {
  readonly certificate: string;
  readonly key: string;
}

export interface MqttListenerOptions {
  readonly listen: readonly HostPort[];
  /** An RSA and an EC certificate together serve all clients. */
  readonly certificates: readonly ServerCertificate[];
  /** Addresses that begin each connection with a PROXY header; nobody else's header is believed. */
  readonly proxies: BlockList;
  /** For the PROXY header and the TLS handshake, each. */
  readonly handshakeTimeoutMs: number;
  readonly admission: Admission;
  readonly services: MqttServices;
}

const deadlineCheckMs = 1_000;
/** Connections that are closed at once while draining, and the pause before the next ones. */
const drainBatch = 100;
const drainPauseMs = 50;

/**
 * Accepts MQTT over TLS (device-mqtt.md section 1). A client certificate is asked for and never
 * demanded: whether it counts is decided at CONNECT, since devices with keys use the same port.
 */
export class MqttListener {
  readonly #servers: readonly Server[];
  readonly #connections = new Set<MqttConnection>();
  #secureContext: SecureContext;
  #deadlineTimer: NodeJS.Timeout | undefined;

  private constructor(private readonly options: MqttListenerOptions) {
    this.#secureContext = toSecureContext(options.certificates);
    this.#servers = options.listen.map(() =>
      createServer({ noDelay: true, pauseOnConnect: true }, (socket) => {
        void this.#accept(socket);
      }),
    );
  }

  static async start(options: MqttListenerOptions): Promise<MqttListener> {
    const listener = new MqttListener(options);
    for (const [index, { host, port }] of options.listen.entries()) {
      const server = listener.#servers[index];
      server?.listen({ host, port, backlog: 4_096 });
      await (server && once(server, 'listening'));
    }
    listener.#deadlineTimer = setInterval(() => {
      listener.#checkDeadlines();
    }, deadlineCheckMs);
    return listener;
  }

  /** New connections get the new certificates; those that are open stay. */
  setCertificates(certificates: readonly ServerCertificate[]): void {
    this.#secureContext = toSecureContext(certificates);
  }

  /** No further connection is accepted. */
  stopAccepting(): void {
    for (const server of this.#servers) {
      server.close();
    }
  }

  /**
   * Ends all connections, each after what it sent is stored and acknowledged, a few at a time so that
   * their reconnects reach the other gateways spread over time.
   */
  async drain(): Promise<void> {
    const draining: Promise<void>[] = [];
    for (const connection of [...this.#connections]) {
      draining.push(connection.drain());
      if (draining.length % drainBatch === 0) {
        await delay(drainPauseMs);
      }
    }
    await Promise.all(draining);
    clearInterval(this.#deadlineTimer);
  }

  async #accept(socket: Socket): Promise<void> {
    const { admission, services } = this.options;
    socket.on('error', () => undefined);
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
    this.#shakeHands(socket, remoteAddress, slot);
  }

  /** Undefined when the socket had to be closed. */
  async #clientAddress(socket: Socket): Promise<string | undefined> {
    const { proxies, handshakeTimeoutMs, services } = this.options;
    const peer = socket.remoteAddress ?? '';
    if (!proxies.check(peer, socket.remoteFamily === 'IPv6' ? 'ipv6' : 'ipv4')) {
      return peer;
    }
    try {
      return (await readProxyHeader(socket, handshakeTimeoutMs)) ?? peer;
    } catch {
      services.events.turnedAway(peer, 'proxy-header');
      socket.destroy();
      return undefined;
    }
  }

  #shakeHands(socket: Socket, remoteAddress: string, slot: AdmissionSlot): void {
    const tlsSocket = new TLSSocket(socket, {
      isServer: true,
      secureContext: this.#secureContext,
      requestCert: true,
      rejectUnauthorized: false,
    });
    const deadline = setTimeout(() => {
      turnAway('handshake-timeout');
    }, this.options.handshakeTimeoutMs);
    const turnAway = (reason: string): void => {
      this.options.services.events.turnedAway(remoteAddress, reason);
      tlsSocket.destroy();
    };
    const onError = (): void => {
      turnAway('handshake-failed');
    };
    const onClose = (): void => {
      clearTimeout(deadline);
      slot.ended();
    };
    tlsSocket.once('error', onError);
    tlsSocket.once('close', onClose);
    tlsSocket.once('secure', () => {
      clearTimeout(deadline);
      tlsSocket.off('error', onError);
      tlsSocket.off('close', onClose);
      this.#open(tlsSocket, remoteAddress, slot);
    });
  }

  #open(socket: TLSSocket, remoteAddress: string, slot: AdmissionSlot): void {
    const connection = new MqttConnection({
      socket,
      remoteAddress,
      services: this.options.services,
      onConnected: () => {
        slot.admitted();
      },
      onEnded: () => {
        slot.ended();
        this.#connections.delete(connection);
      },
    });
    this.#connections.add(connection);
  }

  #checkDeadlines(): void {
    const now = Date.now();
    for (const connection of this.#connections) {
      connection.checkDeadlines(now);
    }
  }
}

function toSecureContext(certificates: readonly ServerCertificate[]): SecureContext {
  return createSecureContext({
    key: certificates.map(({ key }) => key),
    cert: certificates.map(({ certificate }) => certificate),
    minVersion: 'TLSv1.2',
    ciphers,
    honorCipherOrder: true,
  });
}

/** security-limits.md section 5, in the order of preference; the first line is TLS 1.3's. */
const ciphers = [
  'TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-SHA384:ECDHE-ECDSA-AES128-SHA256',
  'ECDHE-RSA-AES256-SHA384:ECDHE-RSA-AES128-SHA256',
].join(':');
