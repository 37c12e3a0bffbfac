import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ClientSource } from '@linchpin/auth';
import type { ConnectionPlace } from './connection-places.js';
import type { HttpConnectionEvents } from './http-connection-events.js';

/** Of requests that a client sent without waiting for answers; SDKs wait, and an answer may have 10 MiB. */
const pipelinedRequestsMax = 4;

interface OpenConnection {
  readonly client: ClientSource;
  readonly place: ConnectionPlace;
  readonly unsent: UnsentAnswer[];
}

/** A request that is to be served. */
export interface BegunRequest {
  /** Of whom its socket may not know the address: its balancer's it is. */
  readonly client: ClientSource;
  /** Resolves when its answer is sent, or its connection closed before. */
  readonly ended: Promise<void>;
  /** Calls it when the connection closes before, or has; one listener at a time. */
  onGone(listener: () => void): void;
  /** From now on its answer may take so much longer than others take. */
  allow(ms: number): void;
}

/** The connections of the listeners and what is being answered on each; it ends them in good order. */
export class OpenConnections {
  readonly #connections = new Map<Duplex, OpenConnection>();
  #draining = false;

  /** @param exchangeMs from a request's header to the last byte of its answer */
  constructor(
    private readonly events: HttpConnectionEvents,
    private readonly exchangeMs: number,
  ) {}

  add(socket: Duplex, client: ClientSource, place: ConnectionPlace): void {
    const unsent: UnsentAnswer[] = [];
    this.#connections.set(socket, { client, place, unsent });
    this.events.opened();
    socket.once('close', () => {
      this.#remove(socket);
      // Of answers that wait for those before them, Node tells nothing more.
      for (const answer of [...unsent]) {
        answer.end();
      }
    });
  }

  /**
   * It speaks something else from now on, and counts here no more.
   *
   * @returns whose it is; undefined while answers to earlier requests are to be sent, and when it is to end
   */
  release(socket: Duplex): ClientSource | undefined {
    const connection = this.#connections.get(socket);
    if (connection === undefined || connection.unsent.length > 0 || this.#draining) {
      return undefined;
    }
    this.#remove(socket);
    connection.place.ended();
    return connection.client;
  }

  unsentOn(socket: Duplex): readonly ServerResponse[] {
    return this.#connections.get(socket)?.unsent.map(({ response }) => response) ?? [];
  }

  /** @returns undefined when it is not to be served; its connection is no more then */
  begin({ socket }: IncomingMessage, response: ServerResponse): BegunRequest | undefined {
    const connection = this.#connections.get(socket);
    if (connection === undefined) {
      return undefined;
    }
    if (connection.unsent.length >= pipelinedRequestsMax) {
      this.events.refused('too many requests at once');
      socket.destroy();
      return undefined;
    }
    const { client, unsent } = connection;
    const answer = new UnsentAnswer(client, response, {
      exchangeMs: this.exchangeMs,
      onOverdue: () => {
        this.events.refused('an answer that was not taken in time');
        socket.destroy();
      },
      onEnded: () => {
        unsent.splice(unsent.indexOf(answer), 1);
        unsent[0]?.begins();
        if (this.#draining && unsent.length === 0) {
          socket.end();
        }
      },
    });
    unsent.push(answer);
    unsent[0]?.begins();
    if (this.#draining) {
      closeAfterLast(unsent);
    }
    return answer;
  }

  /** Ends idle connections now, and the others when their answers are sent or the time is over. */
  async drain(timeoutMs: number): Promise<void> {
    this.#draining = true;
    const closed = [...this.#connections].map(async ([socket, { unsent }]) => {
      closeAfterLast(unsent);
      if (unsent.length === 0) {
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

  #remove(socket: Duplex): void {
    if (this.#connections.delete(socket)) {
      this.events.closed();
    }
  }
}

interface AnswerTerms {
  readonly exchangeMs: number;
  readonly onOverdue: () => void;
  readonly onEnded: () => void;
}

class UnsentAnswer implements BegunRequest {
  readonly ended: Promise<void>;
  #resolveEnded: () => void = () => undefined;
  #hasEnded = false;
  #onGone: () => void = () => undefined;
  #timer: NodeJS.Timeout | undefined;
  #allowedMs = 0;

  constructor(
    readonly client: ClientSource,
    readonly response: ServerResponse,
    private readonly terms: AnswerTerms,
  ) {
    this.ended = new Promise((resolve) => {
      this.#resolveEnded = resolve;
    });
    response.once('close', () => {
      this.end();
    });
  }

  onGone(listener: () => void): void {
    this.#onGone = listener;
    this.#tellGone();
  }

  allow(ms: number): void {
    this.#allowedMs = ms;
    if (this.#timer !== undefined && !this.#hasEnded) {
      clearTimeout(this.#timer);
      this.#setTimer();
    }
  }

  /** Its time runs from here: nothing is before it any more. */
  begins(): void {
    if (this.#timer === undefined) {
      this.#setTimer();
    }
  }

  /** It is sent, or never will be. */
  end(): void {
    if (this.#hasEnded) {
      return;
    }
    this.#hasEnded = true;
    clearTimeout(this.#timer);
    this.#resolveEnded();
    this.#tellGone();
    this.terms.onEnded();
  }

  #setTimer(): void {
    const ms = this.#allowedMs + this.terms.exchangeMs;
    this.#timer = setTimeout(this.terms.onOverdue, ms);
    if (this.#allowedMs > 0) {
      // Node's own, of silence: back to what it was with the next request.
      this.response.req.socket.setTimeout(ms);
    }
  }

  #tellGone(): void {
    if (this.#hasEnded && !this.response.writableFinished) {
      this.#onGone();
    }
  }
}

/** Tells the client not to use the connection again; Node ends it after the answer that says so. */
function closeAfterLast(unsent: readonly UnsentAnswer[]): void {
  unsent.forEach(({ response }, index) => {
    if (response.headersSent) {
      return;
    }
    if (index === unsent.length - 1) {
      response.setHeader('Connection', 'close');
    } else {
      response.removeHeader('Connection');
    }
  });
}

async function onceClosed(socket: Duplex): Promise<void> {
  await new Promise((resolve) => socket.once('close', resolve));
}
