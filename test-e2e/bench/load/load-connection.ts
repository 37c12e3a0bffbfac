/**
 * A device of the load generator: it connects, sends the bytes it is told to, and counts what is
 * acknowledged. Every answer that it can get has four bytes, so that no decoder is needed:
 *
 *     CONNACK = 0x20 2 flags code          PUBACK = 0x40 2 packetId:uint16
 */
import { once } from 'node:events';
import { connect as connectTls, type SecureContext, type TLSSocket } from 'node:tls';

export interface Endpoint {
  readonly host: string;
  readonly port: number;
  /** With the authority to trust; one for all connections. */
  readonly secureContext: SecureContext;
}

export interface PubackListener {
  acknowledged(packetId: number, nowMs: number): void;
  /** All that came at once was told. */
  turnEnded(): void;
}

const answerLength = 4;
const connackByte = 0x20;
const pubackByte = 0x40;
const disconnect = Buffer.from([0xe0, 0]);
const closeMs = 10_000;

export class LoadConnection {
  #rest: Buffer = Buffer.alloc(0);
  #listener: PubackListener | undefined;
  #isClosing = false;

  private constructor(
    private readonly socket: TLSSocket,
    onLost: (error: Error) => void,
  ) {
    let failure: Error | undefined;
    socket.on('error', (error: Error) => {
      failure = error;
    });
    socket.on('close', () => {
      if (!this.#isClosing) {
        onLost(failure ?? new Error('the server closed a connection'));
      }
    });
  }

  /** Resolves once CONNACK let it in. @throws Error when it did not */
  static async open(
    { host, port, secureContext }: Endpoint,
    connectPacket: Buffer,
    onLost: (error: Error) => void,
  ): Promise<LoadConnection> {
    const socket = connectTls({ host, port, secureContext });
    await once(socket, 'secureConnect');
    socket.setNoDelay(true);
    socket.write(connectPacket);
    const [answer] = (await once(socket, 'data')) as [Buffer];
    if (answer.length !== answerLength || answer[0] !== connackByte || answer[3] !== 0) {
      socket.destroy();
      throw new Error(`CONNECT was answered with ${answer.toString('hex')}`);
    }
    const connection = new LoadConnection(socket, onLost);
    socket.on('data', (chunk: Buffer) => {
      connection.#onData(chunk);
    });
    return connection;
  }

  listen(listener: PubackListener): void {
    this.#listener = listener;
  }

  send(packets: Buffer): void {
    this.socket.write(packets);
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    if (this.socket.destroyed) {
      return;
    }
    // Not `once`, which rejects at an error: a server may answer DISCONNECT with a reset.
    const closed = new Promise((resolve) => this.socket.once('close', resolve));
    this.socket.end(disconnect);
    const timer = setTimeout(() => {
      this.socket.destroy();
    }, closeMs);
    await closed;
    clearTimeout(timer);
  }

  #onData(chunk: Buffer): void {
    const nowMs = performance.now();
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const end = bytes.length - (bytes.length % answerLength);
    this.#rest = bytes.subarray(end);
    for (let start = 0; start < end; start += answerLength) {
      if (bytes[start] !== pubackByte) {
        throw new Error(`instead of PUBACK came ${bytes.toString('hex', start, end)}`);
      }
      this.#listener?.acknowledged(bytes.readUInt16BE(start + 2), nowMs);
    }
    this.#listener?.turnEnded();
  }
}
