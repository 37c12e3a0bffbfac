import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Server } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ApiEvents } from '../events.js';

/** Of requests that a client sent without waiting for answers; SDKs wait, and an answer may have 10 MiB. */
const pipelinedRequestsMax = 4;

export interface ConnectionLimits {
  readonly perAddressMax: number;
  /** From a request's header to the last byte of its answer. */
  readonly exchangeMs: number;
}

/** The connections of the listeners and what is being answered on each; it ends them in good order. */
export class OpenConnections {
  /** Answers that are not yet sent, by connection. */
  readonly #responses = new Map<Duplex, Set<ServerResponse>>();
  /** Connections from their first byte on, before there is TLS. */
  readonly #transports = new Set<Socket>();
  readonly #countsByAddress = new Map<string, number>();
  #draining = false;

  constructor(
    private readonly events: ApiEvents,
    private readonly limits: ConnectionLimits,
  ) {}

  watch(server: Server): void {
    server.on('connection', (socket: Socket) => {
      this.#transports.add(socket);
      socket.once('close', () => this.#transports.delete(socket));
      this.#countAddress(socket);
    });
    server.on('secureConnection', (socket) => {
      this.#accept(socket);
    });
  }

  /** Undefined for a connection whose handshake did not succeed. */
  unsentOn(socket: Duplex): readonly ServerResponse[] | undefined {
    const responses = this.#responses.get(socket);
    return responses && [...responses];
  }

  /** @returns whether the request is to be served; else its connection is no more */
  begin({ socket }: IncomingMessage, response: ServerResponse): boolean {
    const responses = this.#responses.get(socket);
    if (responses === undefined || responses.size >= pipelinedRequestsMax) {
      this.events.connectionRefused('too many requests at once');
      socket.destroy();
      return false;
    }
    responses.add(response);
    const timer = setTimeout(() => {
      this.events.connectionRefused('an answer that was not taken in time');
      socket.destroy();
    }, this.limits.exchangeMs);
    response.once('close', () => {
      clearTimeout(timer);
      responses.delete(response);
      if (this.#draining && responses.size === 0) {
        socket.end();
      }
    });
    if (this.#draining) {
      closeAfter(response);
    }
    return true;
  }

  /** Ends idle connections now, and the others when their answers are sent or the time is over. */
  async drain(timeoutMs: number): Promise<void> {
    this.#draining = true;
    const closed = [...this.#responses].map(async ([socket, responses]) => {
      responses.forEach(closeAfter);
      if (responses.size === 0) {
        socket.destroy();
      }
      await onceClosed(socket);
    });
    const timer = setTimeout(() => {
      this.#destroyAll();
    }, timeoutMs);
    await Promise.all(closed);
    clearTimeout(timer);
    // Those that are still in their handshake.
    this.#destroyAll();
  }

  /** Whoever floods from one address leaves room for the others. */
  #countAddress(socket: Socket): void {
    const address = socket.remoteAddress ?? '';
    const count = (this.#countsByAddress.get(address) ?? 0) + 1;
    this.#countsByAddress.set(address, count);
    socket.once('close', () => {
      const left = (this.#countsByAddress.get(address) ?? 1) - 1;
      if (left === 0) {
        this.#countsByAddress.delete(address);
      } else {
        this.#countsByAddress.set(address, left);
      }
    });
    if (count > this.limits.perAddressMax) {
      this.events.connectionRefused('too many connections of one address');
      socket.destroy();
    }
  }

  #accept(socket: Duplex): void {
    if (this.#draining) {
      socket.destroy();
      return;
    }
    this.#responses.set(socket, new Set());
    this.events.connectionOpened();
    socket.once('close', () => {
      this.#responses.delete(socket);
      this.events.connectionClosed();
    });
  }

  #destroyAll(): void {
    this.#transports.forEach((socket) => socket.destroy());
  }
}

/** Tells the client not to use the connection again. */
function closeAfter(response: ServerResponse): void {
  if (!response.headersSent) {
    response.setHeader('Connection', 'close');
  }
}

async function onceClosed(socket: Duplex): Promise<void> {
  await new Promise((resolve) => socket.once('close', resolve));
}
