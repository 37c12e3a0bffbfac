import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ClientSource } from '@linchpin/auth';
import type { ApiEvents } from '../events.js';

/** Of requests that a client sent without waiting for answers; SDKs wait, and an answer may have 10 MiB. */
const pipelinedRequestsMax = 4;

interface OpenConnection {
  readonly client: ClientSource;
  /** Answers that are not yet sent, and what is to be done when one is, or never will be. */
  readonly unsent: Map<ServerResponse, () => void>;
}

/** A request that is to be served. */
export interface BegunRequest {
  /** Of whom its socket may not know the address: its balancer's it is. */
  readonly client: ClientSource;
  /** Resolves when its answer is sent, or its connection closed before. */
  readonly ended: Promise<void>;
  /** Aborts when the connection closed before. */
  readonly gone: AbortSignal;
  /** From now on its answer may take so much longer than others take. */
  allow(ms: number): void;
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
    const unsent = new Map<ServerResponse, () => void>();
    this.#connections.set(socket, { client, unsent });
    this.events.connectionOpened();
    socket.once('close', () => {
      this.#connections.delete(socket);
      // Of answers that wait for those before them, Node tells nothing more.
      unsent.forEach((end) => {
        end();
      });
      this.events.connectionClosed();
    });
  }

  unsentOn(socket: Duplex): readonly ServerResponse[] {
    return [...(this.#connections.get(socket)?.unsent.keys() ?? [])];
  }

  /** @returns undefined when it is not to be served; its connection is no more then */
  begin({ socket }: IncomingMessage, response: ServerResponse): BegunRequest | undefined {
    const connection = this.#connections.get(socket);
    if (connection === undefined) {
      return undefined;
    }
    if (connection.unsent.size >= pipelinedRequestsMax) {
      this.events.connectionRefused('too many requests at once');
      socket.destroy();
      return undefined;
    }
    if (this.#draining) {
      closeAfter(response);
    }
    const { client, unsent } = connection;
    const refuse = (): void => {
      this.events.connectionRefused('an answer that was not taken in time');
      socket.destroy();
    };
    let timer = setTimeout(refuse, this.exchangeMs);
    const gone = new AbortController();
    const ended = new Promise<void>((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        unsent.delete(response);
        resolve();
        if (!response.writableFinished) {
          gone.abort();
        }
        if (this.#draining && unsent.size === 0) {
          socket.end();
        }
      };
      unsent.set(response, end);
      response.once('close', end);
    });
    return {
      client,
      ended,
      gone: gone.signal,
      allow: (ms) => {
        clearTimeout(timer);
        timer = setTimeout(refuse, ms + this.exchangeMs);
        // Node's own, of silence: back to what it was with the next request.
        socket.setTimeout(ms + this.exchangeMs);
      },
    };
  }

  /** Ends idle connections now, and the others when their answers are sent or the time is over. */
  async drain(timeoutMs: number): Promise<void> {
    this.#draining = true;
    const closed = [...this.#connections].map(async ([socket, { unsent }]) => {
      [...unsent.keys()].forEach(closeAfter);
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
