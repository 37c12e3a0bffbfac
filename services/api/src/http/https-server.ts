/**
 * The public listeners. What arrives is bounded in size and time before it is a request; bytes that
 * never become one are answered in the shape of every other error.
 */
import { once } from 'node:events';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { HostPort } from '@linchpin/platform/config';
import type { ServerCertificates } from '@linchpin/platform/tls';
import type { ApiEvents } from '../events.js';
import { faultAnswer } from './http-fault.js';
import { OpenConnections } from './open-connections.js';

export interface HttpLimits {
  /** Per address that is listened on. */
  readonly connectionsMax: number;
  /** Of one client address, on all of them. */
  readonly connectionsPerAddressMax: number;
  readonly handshakeTimeoutMs: number;
  /** From the opened connection, or the first byte after an answer, to the end of the header. */
  readonly headersTimeoutMs: number;
  /** The same to the end of the body. After twice that a connection whose answer was not taken ends. */
  readonly requestTimeoutMs: number;
  /** How long a connection is kept without a request. */
  readonly keepAliveTimeoutMs: number;
}

interface HttpsServerOptions {
  readonly listen: readonly HostPort[];
  readonly certificates: ServerCertificates;
  readonly limits: HttpLimits;
  readonly listener: RequestListener;
  readonly events: ApiEvents;
}

const headerBytesMax = 16 * 1024;

export class HttpsServer {
  readonly #servers: Server[] = [];
  readonly #connections: OpenConnections;

  private constructor(private readonly options: HttpsServerOptions) {
    const { connectionsPerAddressMax, requestTimeoutMs } = options.limits;
    this.#connections = new OpenConnections(options.events, {
      perAddressMax: connectionsPerAddressMax,
      exchangeMs: 2 * requestTimeoutMs,
    });
  }

  /** @throws Error when an address cannot be listened on */
  static async start(options: HttpsServerOptions): Promise<HttpsServer> {
    const https = new HttpsServer(options);
    for (const address of options.listen) {
      await https.#listen(address);
    }
    return https;
  }

  /** In the order of the addresses. */
  get ports(): number[] {
    return this.#servers.map((server) => (server.address() as AddressInfo).port);
  }

  /** Takes no more requests, lets those that are being served end, and resolves then. */
  async stop(timeoutMs: number): Promise<void> {
    const closed = this.#servers.map((server) => once(server.close(), 'close'));
    await this.#connections.drain(timeoutMs);
    await Promise.all(closed);
  }

  async #listen({ host, port }: HostPort): Promise<void> {
    const server = this.#createServer();
    this.#servers.push(server);
    server.listen(port, host);
    await once(server, 'listening');
  }

  #createServer(): Server {
    const { certificates, limits, events } = this.options;
    const server = createServer({
      ...certificates.secureContextOptions,
      handshakeTimeout: limits.handshakeTimeoutMs,
      maxHeaderSize: headerBytesMax,
      headersTimeout: limits.headersTimeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      keepAliveTimeout: limits.keepAliveTimeoutMs,
      connectionsCheckingInterval: Math.min(1_000, limits.headersTimeoutMs),
      // Checked with everything else, so that the answer has the shape of the others.
      requireHostHeader: false,
    });
    // Of silence: longer, so that a request that is not whole is told so before its connection ends.
    server.timeout = 2 * limits.requestTimeoutMs;
    server.maxConnections = limits.connectionsMax;
    certificates.keepCurrent(server);
    this.#connections.watch(server);
    server.on('drop', () => {
      events.connectionRefused('too many connections');
    });
    server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
      this.#refuse(error, socket);
    });
    // Whoever reads the body asks for it; an expectation that we don't know is no reason to refuse.
    for (const event of ['request', 'checkContinue', 'checkExpectation']) {
      server.on(event, (request: IncomingMessage, response: ServerResponse) => {
        if (this.#connections.begin(request, response)) {
          this.options.listener(request, response);
        }
      });
    }
    return server;
  }

  /** The handshake failed, or what arrived is no request, or did not arrive in time. */
  #refuse(error: NodeJS.ErrnoException, socket: Duplex): void {
    const unsent = this.#connections.unsentOn(socket);
    const reason = unsent === undefined ? 'TLS handshake' : (error.code ?? 'unknown');
    this.options.events.connectionRefused(reason);
    // While a whole request before this one is being served, the answer would be taken for its.
    const isFirst = unsent?.every(({ req, headersSent }) => !req.complete && !headersSent);
    if (isFirst === true && socket.writable) {
      socket.end(faultAnswer(error.code), () => {
        socket.destroy();
      });
    } else {
      socket.destroy();
    }
  }
}
