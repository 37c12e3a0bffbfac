/**
 * Public listeners of HTTP/1.1. What arrives is bounded in size and time before it is a request; bytes that
 * never become one are answered in the shape of every other error.
 */
import assert from 'node:assert';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import type { ClientSource } from '@linchpin/auth';
import { listenAsSet } from '../lifecycle/index.js';
import { TlsListener, type ListenOptions } from '../tls/index.js';
import {
  ConnectionPlaces,
  type ConnectionLimits,
  type ConnectionPlace,
} from './connection-places.js';
import type { HttpConnectionEvents } from './http-connection-events.js';
import { faultAnswer } from './http-fault.js';
import { OpenConnections, type BegunRequest } from './open-connections.js';
import { dropUnparsed, parseInPieces, parseNoMore } from './unparsed-bytes.js';

export interface HttpLimits extends ConnectionLimits {
  /** From the opened connection, or the first byte after an answer, to the end of the header. */
  readonly headersTimeoutMs: number;
  /** The same to the end of the body. After twice that a connection whose answer was not taken ends. */
  readonly requestTimeoutMs: number;
  /** How long a connection is kept without a request. */
  readonly keepAliveTimeoutMs: number;
}

export type BegunRequestListener = (
  request: IncomingMessage,
  response: ServerResponse,
  begun: BegunRequest,
) => void;

/** A client that wants to speak something else on its connection. */
export interface UpgradeRequest {
  readonly request: IncomingMessage;
  /** Nobody's but the listener's from now on; it counts as no connection of HTTP any more. */
  readonly socket: TLSSocket;
  /** What came behind the request. */
  readonly head: Buffer;
  readonly client: ClientSource;
}

export interface HttpsServerOptions extends ListenOptions {
  /** The variable that says where to listen. */
  readonly variable: string;
  readonly limits: HttpLimits;
  /** Of the header of a request. */
  readonly headerBytesMax: number;
  readonly asksForCertificate: boolean;
  readonly listener: BegunRequestListener;
  /** Without it such a wish is passed over, and the request is one like others. */
  readonly onUpgrade?: (upgrade: UpgradeRequest) => void;
  readonly events: HttpConnectionEvents;
}

/** A client that is told why its bytes are no request has so long to take that. */
const lastBytesMs = 2_000;

/** Of a request: each takes some hundred bytes, however short it is. */
const fieldsMax = 1_000;

/** As Node calls it. */
const headerOverflow = { code: 'HPE_HEADER_OVERFLOW' };

export class HttpsServer {
  readonly #tls: TlsListener<ConnectionPlace>;
  readonly #http: Server;
  readonly #connections: OpenConnections;

  private constructor(private readonly options: HttpsServerOptions) {
    const { limits, events } = options;
    this.#connections = new OpenConnections(events, 2 * limits.requestTimeoutMs);
    this.#http = this.#createServer();
    this.#tls = new TlsListener({
      ...options,
      protocols: ['http/1.1'],
      // As many as of one address: until they say more, they are all of the balancers'.
      unnamedMax: limits.connectionsPerAddressMax,
      admission: new ConnectionPlaces(limits),
      onClient: (socket, client, place) => {
        this.#connections.add(socket, client, place);
        this.#http.emit('connection', socket);
        parseInPieces(socket);
      },
      onTurnedAway: (address, reason, detail) => {
        events.refused(reason, address, detail);
      },
    });
  }

  /** @throws SettingFault when an address cannot be listened on */
  static async start(options: HttpsServerOptions): Promise<HttpsServer> {
    const https = new HttpsServer(options);
    await listenAsSet(options.variable, () => https.#tls.listen());
    // It listens nowhere itself; this is when it begins to hold its connections to their times.
    https.#http.emit('listening');
    return https;
  }

  /** In the order of the addresses. */
  get ports(): readonly number[] {
    return this.#tls.ports;
  }

  /** No further connection is accepted. */
  stopAccepting(): void {
    this.#tls.stopAccepting();
  }

  /** Takes no more requests, lets those that are being served end, and resolves then. */
  async stop(timeoutMs: number): Promise<void> {
    this.stopAccepting();
    await this.#connections.drain(timeoutMs);
    this.#http.close();
  }

  #createServer(): Server {
    const { limits, headerBytesMax, onUpgrade } = this.options;
    const server = createServer({
      maxHeaderSize: headerBytesMax,
      headersTimeout: limits.headersTimeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      keepAliveTimeout: limits.keepAliveTimeoutMs,
      connectionsCheckingInterval: Math.min(1_000, limits.headersTimeoutMs),
      // Checked with everything else, so that the answer has the shape of the others.
      requireHostHeader: false,
    });
    server.maxHeadersCount = fieldsMax;
    // Of silence: longer, so that a request that is not whole is told so before its connection ends.
    server.timeout = 2 * limits.requestTimeoutMs;
    server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
      this.#refuse(error, socket);
    });
    // Whoever reads the body asks for it; an expectation that we don't know is no reason to refuse.
    for (const event of ['request', 'checkContinue', 'checkExpectation']) {
      server.on(event, (request: IncomingMessage, response: ServerResponse) => {
        if (hasTooManyFields(request)) {
          this.#refuse(headerOverflow, request.socket);
          return;
        }
        // Until somebody reads the body; a request without one goes on by itself.
        request.socket.pause();
        const begun = this.#connections.begin(request, response);
        if (begun !== undefined) {
          this.options.listener(request, response, begun);
        }
      });
    }
    if (onUpgrade !== undefined) {
      server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
        if (hasTooManyFields(request)) {
          this.#refuse(headerOverflow, socket);
        } else {
          this.#handOver(request, socket, head);
        }
      });
    }
    return server;
  }

  #handOver(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    assert(socket instanceof TLSSocket, 'only such are handed to Node');
    const client = this.#connections.release(socket);
    if (client === undefined) {
      socket.destroy();
      return;
    }
    parseNoMore(socket);
    socket.setTimeout(0);
    this.options.onUpgrade?.({ request, socket, head, client });
  }

  /** What arrived is no request, or did not arrive in time. */
  #refuse(error: Pick<NodeJS.ErrnoException, 'code'>, socket: Duplex): void {
    this.options.events.refused(error.code ?? 'unknown');
    // While a whole request before this one is being served, the answer would be taken for its.
    const isFirst = this.#connections
      .unsentOn(socket)
      .every(({ req, headersSent }) => !req.complete && !headersSent);
    if (isFirst && socket.writable) {
      endWith(faultAnswer(error.code), socket);
    } else {
      socket.destroy();
    }
  }
}

/** Node has left out what is above the number, without a word. */
function hasTooManyFields({ rawHeaders }: IncomingMessage): boolean {
  return rawHeaders.length >= 2 * fieldsMax;
}

/**
 * What still comes is read and dropped for a while: of a connection that is closed over unread bytes TCP throws the
 * answer away.
 */
function endWith(answer: string, socket: Duplex): void {
  dropUnparsed(socket);
  socket.end(answer);
  const timer = setTimeout(() => {
    socket.destroy();
  }, lastBytesMs).unref();
  socket.once('close', () => {
    clearTimeout(timer);
  });
}
