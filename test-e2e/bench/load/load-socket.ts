import { once } from 'node:events';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { Endpoint } from './load-connection.js';

const closeMs = 10_000;

/** TLS to a server, as each client of the load generator has it. */
export class LoadSocket {
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

  /** @param onLost hears of it when anybody but us ends the connection */
  static async open(
    { host, port, secureContext }: Endpoint,
    onLost: (error: Error) => void,
  ): Promise<LoadSocket> {
    const socket = connectTls({ host, port, secureContext });
    await once(socket, 'secureConnect');
    socket.setNoDelay(true);
    return new LoadSocket(socket, onLost);
  }

  onBytes(listener: (chunk: Buffer) => void): void {
    this.socket.on('data', listener);
  }

  write(bytes: Buffer): void {
    this.socket.write(bytes);
  }

  /** @returns the first bytes that come back. @throws Error when the connection ends instead */
  ask(bytes: Buffer): Promise<Buffer> {
    this.socket.write(bytes);
    return new Promise((resolve, reject) => {
      const onClose = (): void => {
        reject(new Error('the server closed a connection that had asked for something'));
      };
      this.socket.once('close', onClose);
      this.socket.once('data', (answer: Buffer) => {
        this.socket.off('close', onClose);
        resolve(answer);
      });
    });
  }

  /** @param farewell what the protocol has for it */
  async close(farewell: Buffer): Promise<void> {
    this.#isClosing = true;
    if (this.socket.destroyed) {
      return;
    }
    // Not `once`, which rejects at an error: a server may answer with a reset.
    const closed = new Promise((resolve) => this.socket.once('close', resolve));
    this.socket.end(farewell);
    const timer = setTimeout(() => {
      this.socket.destroy();
    }, closeMs);
    await closed;
    clearTimeout(timer);
  }
}
