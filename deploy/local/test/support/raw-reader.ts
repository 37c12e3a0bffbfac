/** A connection to the readers' listener byte by byte, for what no client sends. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type TLSSocket } from 'node:tls';

interface RawReaderOptions {
  /** host:port of the listener. */
  readonly address: string;
  /** The address of this machine that the broker sees. */
  readonly from: string;
  readonly authorityFile: string;
  readonly password: string;
}

const saslHandshake = { apiKey: 17, version: 1 };
const saslAuthenticate = { apiKey: 36, version: 0 };

export class RawReader {
  private constructor(private readonly socket: TLSSocket) {}

  /** Not before the login counted; undefined when the broker closes the connection before. */
  static async open(options: RawReaderOptions): Promise<RawReader | undefined> {
    const { from, authorityFile, password } = options;
    const [host = '', port = ''] = options.address.split(':');
    const authority = readFileSync(authorityFile);
    const socket = connect({
      ...{ host: '127.0.0.1', servername: host, port: Number(port) },
      ...{ localAddress: from, ca: [authority] },
    });
    const reader = new RawReader(socket);
    try {
      await once(socket, 'secureConnect');
      await reader.#ask(saslHandshake, text(Buffer.from('PLAIN')));
      const plain = Buffer.from(`\0$ConnectionString\0${password}`);
      await reader.#ask(saslAuthenticate, Buffer.concat([int32(plain.length), plain]));
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

  async #ask(api: typeof saslHandshake, body: Buffer): Promise<void> {
    const header = Buffer.alloc(8);
    header.writeInt16BE(api.apiKey, 0);
    header.writeInt16BE(api.version, 2);
    const request = Buffer.concat([header, text(Buffer.from('raw')), body]);
    this.socket.write(Buffer.concat([int32(request.length), request]));
    const answered = once(this.socket, 'data').then(([answer]) =>
      (answer as Buffer).readInt16BE(8),
    );
    const closed = once(this.socket, 'close').then(() => -1);
    const errorCode = await Promise.race([answered, closed]);
    if (errorCode !== 0) {
      throw new Error(`the broker answered ${errorCode}`);
    }
    this.socket.on('error', () => undefined);
  }
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function text(value: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeInt16BE(value.length);
  return Buffer.concat([length, value]);
}
