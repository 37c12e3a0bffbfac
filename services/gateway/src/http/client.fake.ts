import { once } from 'node:events';
import { connect, type TLSSocket } from 'node:tls';
import type { IssuedCertificate } from '@linchpin/testing';

export interface RawAnswer {
  readonly status: number;
  /** Names and values as they stand on the wire; without the date. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
}

export interface RawRequest {
  readonly host?: string;
  /** Undefined: none; by default one that `FakeAuthenticator` takes. */
  readonly token?: string | undefined;
  /** Names and values by turns; the values as UTF-8. */
  readonly headers?: readonly string[];
  readonly body?: string | Buffer;
  readonly version?: string | undefined;
}

/** A client that says byte by byte what it is told to, and shows answers as they came. */
export class FakeHttpClient {
  #received = Buffer.of();

  private constructor(readonly socket: TLSSocket) {
    socket.on('data', (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      socket.emit('received');
    });
    socket.on('error', () => undefined);
    socket.on('close', () => socket.emit('received'));
  }

  static async connect(port: number, certificate?: IssuedCertificate): Promise<FakeHttpClient> {
    const socket = connect({
      ...{ port, host: '127.0.0.1', rejectUnauthorized: false },
      ...(certificate && { cert: certificate.certificate, key: certificate.key }),
    });
    await once(socket, 'secureConnect');
    return new FakeHttpClient(socket);
  }

  ask(method: string, path: string, request: RawRequest = {}): Promise<RawAnswer> {
    this.send(formatRequest(method, path, request));
    return this.answer();
  }

  send(bytes: string | Buffer): void {
    this.socket.write(bytes);
  }

  /** The next one. @throws Error when the connection ends before */
  async answer(): Promise<RawAnswer> {
    for (;;) {
      const found = this.#takeAnswer();
      if (found !== undefined) {
        return found;
      }
      if (this.socket.closed) {
        throw new Error(`closed behind ${JSON.stringify(this.#received.toString('latin1'))}`);
      }
      await once(this.socket, 'received');
    }
  }

  #takeAnswer(): RawAnswer | undefined {
    const headEnd = this.#received.indexOf('\r\n\r\n');
    if (headEnd < 0) {
      return undefined;
    }
    const [line = '', ...rest] = this.#received.toString('latin1', 0, headEnd).split('\r\n');
    const headers = rest
      .map((header) => header.split(/: ?(.*)/s) as [string, string])
      .map(([name, value]) => [name, value] as const);
    const length = Number(headers.find(([name]) => name === 'Content-Length')?.[1] ?? 0);
    const end = headEnd + 4 + length;
    if (this.#received.length < end) {
      return undefined;
    }
    const body = this.#received.subarray(headEnd + 4, end);
    this.#received = this.#received.subarray(end);
    const status = Number(line.split(' ')[1]);
    return { status, headers: headers.filter(([name]) => name !== 'Date'), body };
  }
}

export function formatRequest(method: string, path: string, request: RawRequest): Buffer {
  const { host = 'h.example.net', headers = [], body = '', version = '2021-04-12' } = request;
  const token = 'token' in request ? request.token : 'good';
  const query = version === '' ? '' : `${path.includes('?') ? '&' : '?'}api-version=${version}`;
  const bytes = Buffer.from(body);
  const pairs = [
    ...['Host', host],
    ...(token === undefined ? [] : ['Authorization', token]),
    ...headers,
    ...(method === 'GET' ? [] : ['Content-Length', String(bytes.length)]),
  ];
  const lines = Array.from({ length: pairs.length / 2 }, (_, index) =>
    pairs.slice(2 * index, 2 * index + 2).join(': '),
  );
  const head = [`${method} ${path}${query} HTTP/1.1`, ...lines, '', ''].join('\r\n');
  return Buffer.concat([Buffer.from(head), bytes]);
}

export function headerOf({ headers }: RawAnswer, name: string): string | undefined {
  return headers.find(([other]) => other === name)?.[1];
}

/** The status, and the code of the error that it tells. */
export function codeOf(answer: RawAnswer): readonly [status: number, code: string | undefined] {
  return [answer.status, headerOf(answer, 'iothub-errorcode')];
}
