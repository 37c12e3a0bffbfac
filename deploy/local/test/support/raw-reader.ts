/** A connection to the readers' listener byte by byte, for what no client sends. */
import { on, once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type TLSSocket } from 'node:tls';

export interface RawReaderOptions {
  /** host:port of the listener. */
  readonly address: string;
  /** The address of this machine that the broker sees. */
  readonly from: string;
  readonly authorityFile: string;
  readonly password: string;
  /** How much one record of TLS takes of a request; all of it where undefined. */
  readonly pieceBytes?: number;
}

/** A version that has tagged fields has those of its header as the first byte of the body. */
interface RawRequest {
  readonly apiKey: number;
  readonly version: number;
  readonly body: Buffer;
}

export class RawReader {
  readonly #closed = new AbortController();

  private constructor(
    private readonly socket: TLSSocket,
    private readonly pieceBytes: number,
  ) {
    socket.once('close', () => {
      this.#closed.abort();
    });
  }

  /** Not before the login counted; undefined when the broker closes the connection before. */
  static async open(options: RawReaderOptions): Promise<RawReader | undefined> {
    const { from, authorityFile, password, pieceBytes = Infinity } = options;
    const [host = '', port = ''] = options.address.split(':');
    const authority = readFileSync(authorityFile);
    const socket = connect({
      ...{ host: '127.0.0.1', servername: host, port: Number(port) },
      ...{ localAddress: from, ca: [authority] },
    });
    const reader = new RawReader(socket, pieceBytes);
    try {
      await once(socket, 'secureConnect');
      await reader.#logIn(password);
      return reader;
    } catch {
      socket.destroy();
      return undefined;
    }
  }

  get isOpen(): boolean {
    return !this.socket.destroyed;
  }

  /** Says how long its next request is, and sends nothing of it. */
  announce(bytes: number): void {
    this.socket.write(int32(bytes));
  }

  close(): void {
    this.socket.destroy();
  }

  /** @returns what follows the header of the answer; fails when the broker closes the connection */
  async ask({ apiKey, version, body }: RawRequest, clientId = 'raw'): Promise<Buffer> {
    const header = Buffer.concat([int16(apiKey), int16(version), int32(0), text(clientId)]);
    this.#write(Buffer.concat([int32(header.length + body.length), header, body]));
    return this.#readAnswer();
  }

  #write(request: Buffer): void {
    for (let start = 0; start < request.length; start += this.pieceBytes) {
      this.socket.write(request.subarray(start, start + this.pieceBytes));
    }
  }

  async #readAnswer(): Promise<Buffer> {
    let answer = Buffer.alloc(0);
    for await (const [piece] of on(this.socket, 'data', this.#closed)) {
      answer = Buffer.concat([answer, piece as Buffer]);
      if (answer.length >= 4 && answer.length === 4 + answer.readInt32BE()) {
        break;
      }
    }
    return answer.subarray(8);
  }

  async #logIn(password: string): Promise<void> {
    this.socket.on('error', () => undefined);
    await this.ask({ apiKey: 17, version: 1, body: text('PLAIN') });
    const body = bytes(Buffer.from(`\0$ConnectionString\0${password}`));
    const answer = await this.ask({ apiKey: 36, version: 0, body });
    if (answer.readInt16BE() !== 0) {
      throw new Error(`the broker answered ${answer.readInt16BE()}`);
    }
  }
}

export function int16(value: number): Buffer {
  const encoded = Buffer.alloc(2);
  encoded.writeInt16BE(value);
  return encoded;
}

export function int32(value: number): Buffer {
  const encoded = Buffer.alloc(4);
  encoded.writeInt32BE(value);
  return encoded;
}

export function int64(value: bigint): Buffer {
  const encoded = Buffer.alloc(8);
  encoded.writeBigInt64BE(value);
  return encoded;
}

export function text(value: string): Buffer {
  const encoded = Buffer.from(value);
  return Buffer.concat([int16(encoded.length), encoded]);
}

export function bytes(value: Buffer): Buffer {
  return Buffer.concat([int32(value.length), value]);
}
