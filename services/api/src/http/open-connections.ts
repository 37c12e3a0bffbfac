import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ClientSource } from '@linchpin/auth';
import type { ApiEvents } from '../events.js';

/** Of requests that a client sent without waiting for answers; SDKs wait, and an answer may have 10 MiB. */
const pipelinedRequestsMax = 4;

interface OpenConnection {
  readonly client: ClientSource;
  /** Answers that are not yet sent. */
  readonly unsent: Set<ServerResponse>;
}

/** The connections of the listeners and what is being answered on each; it ends them in good order. */
export class OpenConnections {
  readonly #connections = new Map<Duplex, OpenConnection>();
  #draining = false;

  /** @param exchangeMs from a request's header to the last byte of its answer */
  constructor(
    private readonly events: ApiEvents,
    private readonly exchangeMs: number,
  ) {}

  add(socket: Duplex, client: ClientSource): void {
    this.#connections.set(socket, { client, unsent: new Set() });
    this.events.connectionOpened();
    socket.once('close', () => {
      this.#connections.delete(socket);
      this.events.connectionClosed();
    });
  }

  unsentOn(socket: Duplex): readonly ServerResponse[] {
    return [...(this.#connections.get(socket)?.unsent ?? [])];
  }

  /** @returns whose request is to be served; when none is, its connection is no more */
  begin({ socket }: IncomingMessage, response: ServerResponse): ClientSource | undefined {
    const connection = this.#connections.get(socket);
    if (connection === undefined) {
      return undefined;
    }
    if (connection.unsent.size >= pipelinedRequestsMax) {
      this.events.connectionRefused('too many requests at once');
      socket.destroy();
      return undefined;
    }
    const { client, unsent } = connection;
    unsent.add(response);
    const timer = setTimeout(() => {
      this.events.connectionRefused('an answer that was not taken in time');
      socket.destroy();
    }, this.exchangeMs);
    response.once('close', () => {
      clearTimeout(timer);
      unsent.delete(response);
      if (this.#draining && unsent.size === 0) {
        socket.end();
      }
    });
    if (this.#draining) {
      closeAfter(response);
    }
    return client;
  }

  /** Ends idle connections now, and the others when their answers are sent or the time is over. */
  async drain(timeoutMs: number): Promise<void> {
    this.#draining = true;
    const closed = [...this.#connections].map(async ([socket, { unsent }]) => {
      unsent.forEach(closeAfter);
      if (unsent.size === 0) {
        socket.destroy();
      }
      await onceClosed(socket);
    });
    const timer = setTimeout(() => {
      for (const socket of this.#connections.keys()) {
        socket.destroy();
      }
    }, timeoutMs);
    await Promise.all(closed);
    clearTimeout(timer);
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
