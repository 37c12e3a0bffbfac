import { constants } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type BlockList, type Server, type Socket } from 'node:net';
import {
  createSecureContext,
  TLSSocket,
  type SecureContext,
  type SecureContextOptions,
} from 'node:tls';
import { originOf, readTlsVersion, type ClientSource } from '@linchpin/auth';
import type { HostPort } from '../config/fields.js';
import { CertificateRequests } from './certificate-requests.js';
import { readProxyHeader } from './read-proxy-header.js';

/** The certificates that new connections get: `ServerCertificates`. */
interface CertificateSource {
  readonly secureContextOptions: SecureContextOptions;
}

/** What a client takes up from before its handshake on. */
export interface ClientPlace {
  /** Called once, when the connection is closed. */
  ended(): void;
}

/** Where and as whom it listens, whatever is spoken. */
export interface ListenOptions {
  readonly listen: readonly HostPort[];
  readonly certificates: CertificateSource;
  /** Addresses that begin each connection with a PROXY header; nobody else's header is believed. */
  readonly proxies: BlockList;
  /** For the PROXY header and the TLS handshake, each. */
  readonly handshakeTimeoutMs: number;
}

export interface TlsListenerOptions<Place extends ClientPlace> extends ListenOptions {
  /**
   * Whether clients are asked for a certificate, within what that may cost. None is demanded, and none is
   * judged here: whoever shows one that nobody knows is let through as well.
   */
  readonly asksForCertificate: boolean;
  /** What is spoken (ALPN), for clients that ask; whoever speaks nothing of it is refused. */
  readonly protocols?: readonly string[];
  /** Connections of theirs whose header has not come: they have no place yet. */
  readonly unnamedMax: number;
  /** Gives a place to the client at `address`, or says why there is none. */
  readonly admission: { enter(address: string): Place | string };
  /**
   * The handshake is done. Use `client.address`: behind a load balancer the socket has the balancer's
   * address.
   */
  readonly onClient: (socket: TLSSocket, client: ClientSource, place: Place) => void;
  /**
   * `address` is empty when unknown. It is the balancer's when the PROXY header did not come. `reason` is
   * one of few; `detail` is what OpenSSL or the system says, an alert of the client among it.
   */
  readonly onTurnedAway: (address: string, reason: string, detail?: string) => void;
}

/**
 * Accepts TLS from clients and from load balancers that say for whom they speak. What anybody may hold
 * before the handshake is done is bounded in number and in time.
 */
export class TlsListener<Place extends ClientPlace> {
  readonly #servers: readonly Server[];
  /** Sockets whose handshake is not done. */
  readonly #arriving = new Set<Socket>();
  /** Of those, the ones whose PROXY header has not come: whom they are for is not known. */
  #unnamed = 0;
  readonly #requests = new CertificateRequests();
  #secureContext: SecureContext | undefined;
  #contextOptions: SecureContextOptions | undefined;

  constructor(private readonly options: TlsListenerOptions<Place>) {
    this.#servers = options.listen.map(() => this.#createServer());
  }

  /** @throws Error when an address cannot be listened on */
  async listen(): Promise<void> {
    for (const [index, { host, port }] of this.options.listen.entries()) {
      const server = this.#servers[index];
      server?.listen({ host, port, backlog: 4_096 });
      await (server && once(server, 'listening'));
      // Out of file descriptors, mostly: whoever came is gone, the next one may have more luck.
      server?.on('error', () => {
        this.options.onTurnedAway('', 'accept-failed');
      });
    }
  }

  /** In the order of the addresses; of use where the port was left to the system. */
  get ports(): readonly number[] {
    return this.#servers.map((server) => {
      const address = server.address();
      return typeof address === 'object' && address !== null ? address.port : 0;
    });
  }

  /** No further connection is accepted, and none whose handshake is not done goes on. */
  stopAccepting(): void {
    for (const server of this.#servers) {
      server.close();
    }
    for (const socket of this.#arriving) {
      socket.destroy();
    }
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
    const client = await this.#clientOf(socket);
    if (client === undefined) {
      return;
    }
    const place = this.options.admission.enter(client.address);
    if (typeof place === 'string') {
      this.options.onTurnedAway(client.address, place);
      socket.destroy();
      return;
    }
    await this.#shakeHands(socket, client, place);
  }

  /** Undefined when the socket is closed, or had to be. */
  async #clientOf(socket: Socket): Promise<ClientSource | undefined> {
    const { proxies, unnamedMax, handshakeTimeoutMs, onTurnedAway } = this.options;
    const peer = socket.remoteAddress;
    if (peer === undefined) {
      socket.destroy();
      return undefined;
    }
    const asItComes = { address: peer, tlsVersion: undefined };
    if (!proxies.check(peer, socket.remoteFamily === 'IPv6' ? 'ipv6' : 'ipv4')) {
      return asItComes;
    }
    if (this.#unnamed >= unnamedMax) {
      onTurnedAway(peer, 'unnamed');
      socket.destroy();
      return undefined;
    }
    this.#unnamed += 1;
    try {
      const client = (await readProxyHeader(socket, handshakeTimeoutMs)) ?? asItComes;
      return socket.destroyed ? undefined : client;
    } catch {
      onTurnedAway(peer, 'proxy-header');
      socket.destroy();
      return undefined;
    } finally {
      this.#unnamed -= 1;
    }
  }

  async #shakeHands(socket: Socket, client: ClientSource, place: Place): Promise<void> {
    const { address } = client;
    const origin = originOf(address);
    const bytesBefore = socket.bytesRead - socket.readableLength;
    let connection = socket;
    const turnAway = (reason: string, detail?: string): void => {
      this.options.onTurnedAway(address, reason, detail);
      connection.destroy();
    };
    const deadline = setTimeout(() => {
      turnAway('handshake-timeout');
    }, this.options.handshakeTimeoutMs);
    socket.once('close', () => {
      clearTimeout(deadline);
      this.#requests.failed(origin, socket);
      place.ended();
    });
    const requestCert =
      this.options.asksForCertificate && (await this.#requests.begin(origin, socket));
    if (socket.destroyed) {
      return;
    }
    const secured = this.#secure(socket, requestCert);
    connection = secured;
    const onError = (error: NodeJS.ErrnoException & { reason?: string }): void => {
      turnAway('handshake-failed', error.reason ?? error.code);
    };
    // Some clients, Node among them, send no alert when they don't trust the certificate: they hang up.
    const onEnd = (): void => {
      if (socket.bytesRead > bytesBefore) {
        turnAway('handshake-broken-off');
      }
    };
    secured.once('error', onError).once('end', onEnd);
    secured.once('secure', () => {
      clearTimeout(deadline);
      secured.off('error', onError).off('end', onEnd).on('_tlsError', endWith);
      this.#arriving.delete(socket);
      if (this.#requests.succeeded(origin, socket, secured)) {
        // Who ends the client's TLS before us says what that was.
        const tlsVersion = client.tlsVersion ?? readTlsVersion(secured.getProtocol());
        this.options.onClient(secured, { address, tlsVersion }, place);
      } else {
        secured.on('error', () => undefined);
        turnAway('handshake-too-large');
      }
    });
  }

  #secure(socket: Socket, requestCert: boolean): TLSSocket {
    const { protocols } = this.options;
    const secureContext = this.#currentContext();
    return new TLSSocket(socket, {
      ...{ isServer: true, secureContext, requestCert },
      rejectUnauthorized: false,
      ...(protocols && { ALPNProtocols: [...protocols] }),
    });
  }

  /** Made once for each set of certificates. */
  #currentContext(): SecureContext {
    const { certificates, asksForCertificate } = this.options;
    const { secureContextOptions } = certificates;
    if (this.#secureContext === undefined || this.#contextOptions !== secureContextOptions) {
      this.#contextOptions = secureContextOptions;
      const secureOptions = asksForCertificate ? neverResumed : neverRenegotiated;
      this.#secureContext = createSecureContext({ ...secureContextOptions, secureOptions });
    }
    return this.#secureContext;
  }
}

/** Of what breaks TLS later, Node tells nobody who made the TLSSocket himself, but by this event. */
function endWith(this: TLSSocket, error: Error): void {
  this.destroy(error);
}

/** Renegotiation, which no SDK needs, would let a client make the process compute without end. */
const neverRenegotiated = constants.SSL_OP_NO_RENEGOTIATION;
/**
 * A resumed session has lost the intermediates of the client's certificate, and each connection must
 * be judged by what the client shows (device-mqtt.md section 1.2).
 */
const neverResumed = neverRenegotiated | constants.SSL_OP_NO_TICKET;
