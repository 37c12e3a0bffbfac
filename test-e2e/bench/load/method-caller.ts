import { once } from 'node:events';
import { connect, type TLSSocket } from 'node:tls';
import { headersFor } from '../../support/registry.js';
import { hub } from '../../support/hub.js';

const body = JSON.stringify({ methodName: 'bench', payload: { number: 1 } });

/**
 * A back end that calls methods over so many connections, which stay open. It writes requests and reads answers
 * by the byte, since it runs on the cores of what it measures.
 */
export class MethodCaller {
  readonly #free: CallerConnection[] = [];
  readonly #waiting: ((connection: CallerConnection) => void)[] = [];

  readonly #headers = headerLines();

  private constructor(private readonly connections: readonly CallerConnection[]) {
    this.#free.push(...connections);
  }

  static async open(connections: number): Promise<MethodCaller> {
    return new MethodCaller(
      await Promise.all(Array.from({ length: connections }, () => CallerConnection.open())),
    );
  }

  /** @returns the milliseconds until the answer. @throws Error for another answer than 200 */
  async call(deviceId: string): Promise<number> {
    const began = performance.now();
    const connection = this.#free.pop() ?? (await this.#nextFree());
    const head = await connection.ask(this.#requestFor(deviceId));
    const next = this.#waiting.shift();
    if (next === undefined) {
      this.#free.push(connection);
    } else {
      next(connection);
    }
    if (!head.startsWith('HTTP/1.1 200 ')) {
      throw new Error(`a method was answered with ${head}`);
    }
    return performance.now() - began;
  }

  close(): void {
    for (const connection of this.connections) {
      connection.close();
    }
  }

  #requestFor(deviceId: string): string {
    const target = `/twins/${deviceId}/methods?api-version=2021-04-12`;
    return `POST ${target} HTTP/1.1\r\n${this.#headers}\r\n${body}`;
  }

  #nextFree(): Promise<CallerConnection> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }
}

/** One request after the other. */
class CallerConnection {
  #received = '';
  #onAnswer: (head: string) => void = () => undefined;
  #onLost: (error: Error) => void = () => undefined;

  private constructor(private readonly socket: TLSSocket) {
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => {
      this.#received += chunk.toString('latin1');
      this.#takeAnswer();
    });
    socket.once('close', () => {
      this.#onLost(new Error('a connection to the api ended'));
    });
  }

  static async open(): Promise<CallerConnection> {
    const socket = connect({ host: hub.host, port: 443, ca: hub.authority });
    await once(socket, 'secureConnect');
    return new CallerConnection(socket);
  }

  /** @returns the answer's status line and headers */
  ask(request: string): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#onAnswer = resolve;
      this.#onLost = reject;
      this.socket.write(request, 'latin1');
    });
  }

  close(): void {
    this.socket.destroy();
  }

  /** Each answer has a length. */
  #takeAnswer(): void {
    const headEnd = this.#received.indexOf('\r\n\r\n');
    if (headEnd === -1) {
      return;
    }
    const head = this.#received.slice(0, headEnd);
    const bodyLength = Number(/^Content-Length: (\d+)$/im.exec(head)?.[1]);
    if (this.#received.length >= headEnd + 4 + bodyLength) {
      this.#received = '';
      this.#onAnswer(head);
    }
  }
}

function headerLines(): string {
  const headers = { Host: hub.host, 'Content-Length': String(body.length), ...headersFor(hub) };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return lines.join('');
}
