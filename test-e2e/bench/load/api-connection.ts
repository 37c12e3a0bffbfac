import { once } from 'node:events';
import { connect, type TLSSocket } from 'node:tls';
import { hub } from '../../support/hub.js';
import { headersFor } from '../../support/registry.js';

/**
 * A back end's connection to the api, which stays open: one POST after the other. It writes requests and reads
 * answers by the byte, since it runs on the cores of what it measures.
 */
export class ApiConnection {
  readonly #headers = headerLines();
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

  static async open(): Promise<ApiConnection> {
    const socket = connect({ host: hub.host, port: 443, ca: hub.authority });
    await once(socket, 'secureConnect');
    return new ApiConnection(socket);
  }

  /** @returns the answer's status line and headers. @throws Error for another status, and when there is no answer */
  async post(path: string, body: string, status: number): Promise<void> {
    const head = await this.#ask(
      `POST ${path}?api-version=2021-04-12 HTTP/1.1\r\n` +
        `${this.#headers}Content-Length: ${body.length}\r\n\r\n${body}`,
    );
    if (!head.startsWith(`HTTP/1.1 ${status} `)) {
      throw new Error(`${path} was answered with ${head}`);
    }
  }

  close(): void {
    this.socket.destroy();
  }

  #ask(request: string): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#onAnswer = resolve;
      this.#onLost = reject;
      this.socket.write(request, 'latin1');
    });
  }

  /** Each answer has a length, or no body. */
  #takeAnswer(): void {
    const headEnd = this.#received.indexOf('\r\n\r\n');
    if (headEnd === -1) {
      return;
    }
    const head = this.#received.slice(0, headEnd);
    const bodyLength = Number(/^Content-Length: (\d+)$/im.exec(head)?.[1] ?? 0);
    if (this.#received.length >= headEnd + 4 + bodyLength) {
      this.#received = '';
      this.#onAnswer(head);
    }
  }
}

function headerLines(): string {
  const lines = Object.entries({ Host: hub.host, ...headersFor(hub) });
  return lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
}
