import { once } from 'node:events';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { Endpoint } from './load-connection.js';
import { WebSocketFrames } from './websocket-frames.js';

const closeMs = 10_000;

/** TLS to a server, as each client of the load generator has it, and in it a WebSocket for who speaks by that. */
export class LoadSocket {
  #isClosing = false;
  /** Nothing without a WebSocket, and until it is open. */
  #frames: WebSocketFrames | undefined;

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
    { protocol, host, port, secureContext }: Endpoint,
    onLost: (error: Error) => void,
  ): Promise<LoadSocket> {
    const tls = connectTls({ host, port, secureContext });
    await once(tls, 'secureConnect');
    tls.setNoDelay(true);
    const socket = new LoadSocket(tls, onLost);
    if (protocol === 'mqtt-ws') {
      await socket.#openWebSocket(host);
    }
    return socket;
  }

  onBytes(listener: (chunk: Buffer) => void): void {
    this.socket.on('data', (chunk: Buffer) => {
      listener(this.#frames?.decode(chunk) ?? chunk);
    });
  }

  write(bytes: Buffer): void {
    this.socket.write(this.#frames?.encode(bytes) ?? bytes);
  }

  /** @returns what comes back. @throws Error when the connection ends instead */
  ask(bytes: Buffer, isWhole: (answer: Buffer) => boolean): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      let answer = Buffer.alloc(0);
      const onClose = (): void => {
        reject(new Error('the server closed a connection that had asked for something'));
      };
      const onData = (chunk: Buffer): void => {
        answer = Buffer.concat([answer, this.#frames?.decode(chunk) ?? chunk]);
        if (isWhole(answer)) {
          this.socket.off('close', onClose).off('data', onData);
          resolve(answer);
        }
      };
      this.socket.once('close', onClose).on('data', onData);
      this.write(bytes);
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
    this.socket.end(this.#frames?.encode(farewell) ?? farewell);
    const timer = setTimeout(() => {
      this.socket.destroy();
    }, closeMs);
    await closed;
    clearTimeout(timer);
  }

  /** @throws Error when the server does not want it */
  async #openWebSocket(host: string): Promise<void> {
    const answer = await this.ask(webSocketRequest(host), (bytes) => bytes.includes('\r\n\r\n'));
    if (!answer.toString('latin1').startsWith('HTTP/1.1 101 ')) {
      await this.close(Buffer.alloc(0));
      throw new Error(`the server opened no WebSocket: ${answer.toString('latin1')}`);
    }
    this.#frames = new WebSocketFrames();
  }
}

/** The opening handshake (RFC 6455 section 4.1), whose key proves nothing that matters here. */
function webSocketRequest(host: string): Buffer {
  const lines = [
    'GET /$iothub/websocket HTTP/1.1',
    `Host: ${host}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Protocol: mqtt',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  ];
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`);
}
