/** A way to an engine that a test can cut and mend, as when the engine restarts. */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

export class CuttableProxy {
  readonly #sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    readonly port: number,
  ) {}

  static async open(target: {
    readonly host: string;
    readonly port: number;
  }): Promise<CuttableProxy> {
    const server = createServer((inbound) => {
      proxy.#join(inbound, connect(target));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const proxy = new CuttableProxy(server, (server.address() as AddressInfo).port);
    return proxy;
  }

  /** Ends every connection, and refuses new ones. */
  async cut(): Promise<void> {
    this.server.close();
    this.#sockets.forEach((socket) => socket.resetAndDestroy());
    await once(this.server, 'close');
  }

  async mend(): Promise<void> {
    this.server.listen(this.port, '127.0.0.1');
    await once(this.server, 'listening');
  }

  #join(inbound: Socket, outbound: Socket): void {
    for (const [socket, other] of [
      [inbound, outbound],
      [outbound, inbound],
    ] as const) {
      this.#sockets.add(socket);
      socket.pipe(other);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
    }
  }
}
