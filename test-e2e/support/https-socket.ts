/** A client of port 443 that sends what a test says, byte by byte, and tells what came as it came. */
import { once } from 'node:events';
import type { TLSSocket } from 'node:tls';
import { openTls, type DeviceSocketOptions } from './device-socket.js';

export interface RawAnswer {
  readonly status: number;
  /** Names in their spelling, and values, in order. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
}

export interface RawRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers?: readonly (readonly [name: string, value: string])[];
  readonly body?: string | Buffer;
}

export class HttpsSocket {
  #unread = Buffer.alloc(0);
  readonly #ended: Promise<unknown>;
  readonly #onData = (chunk: Buffer): void => {
    this.#unread = Buffer.concat([this.#unread, chunk]);
  };

  private constructor(readonly socket: TLSSocket) {
    socket.on('error', () => undefined);
    socket.on('data', this.#onData);
    this.#ended = new Promise((resolve) => socket.once('end', resolve).once('close', resolve));
  }

  static async connect(options: DeviceSocketOptions = {}): Promise<HttpsSocket> {
    return new HttpsSocket(await openTls({ port: 443, ...options }));
  }

  write(bytes: string | Buffer): void {
    this.socket.write(bytes);
  }

  /** Sends a request with the header Content-Length, and reads its answer. */
  async ask({ method, path, headers = [], body = '' }: RawRequest): Promise<RawAnswer> {
    const content = Buffer.from(body);
    const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
    const head = `${method} ${path} HTTP/1.1\r\n${lines}Content-Length: ${content.length}\r\n\r\n`;
    this.write(Buffer.concat([Buffer.from(head, 'latin1'), content]));
    return this.read();
  }

  /** The next answer that has a length. Rejects when the connection is closed before. */
  async read(): Promise<RawAnswer> {
    for (;;) {
      const answer = this.#take();
      if (answer !== undefined) {
        return answer;
      }
      if (this.socket.destroyed || this.socket.readableEnded) {
        throw new Error('the connection was closed without an answer');
      }
      await Promise.race([once(this.socket, 'data'), this.#ended]);
    }
  }

  /** What has come and comes behind an upgrade is not HTTP. */
  handOver(onData: (chunk: Buffer) => void): void {
    this.socket.off('data', this.#onData).on('data', onData);
    onData(this.#unread);
  }

  destroy(): void {
    this.socket.destroy();
  }

  #take(): RawAnswer | undefined {
    const headLength = this.#unread.indexOf('\r\n\r\n');
    if (headLength < 0) {
      return undefined;
    }
    const [statusLine = '', ...lines] = this.#unread
      .subarray(0, headLength)
      .toString('latin1')
      .split('\r\n');
    const headers = lines.map((line) => {
      const [, name = '', value = ''] = /^([^:]+): ?(.*)$/.exec(line) ?? [];
      return [name, value] as const;
    });
    const length = Number(valueOf(headers, 'content-length') ?? 0);
    const start = headLength + 4;
    if (this.#unread.length < start + length) {
      return undefined;
    }
    const body = this.#unread.subarray(start, start + length);
    this.#unread = this.#unread.subarray(start + length);
    return { status: Number(statusLine.split(' ')[1]), headers, body };
  }
}

/** By a name in any letter case. */
export function valueOf(headers: RawAnswer['headers'], name: string): string | undefined {
  return headers.find(([each]) => each.toLowerCase() === name)?.[1];
}
