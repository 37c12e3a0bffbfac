import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A way to an engine that a test can cut and mend, as when the engine restarts, or lose without a word. */
export class CuttableProxy {
  /** Of clients, with where each leads. */
  readonly #ways = new Map<Socket, Socket>();

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
    for (const [inbound, outbound] of this.#ways) {
      inbound.resetAndDestroy();
      outbound.resetAndDestroy();
    }
    await once(this.server, 'close');
  }

  async mend(): Promise<void> {
    this.server.listen(this.port, '127.0.0.1');
    await once(this.server, 'listening');
  }

  /**
   * As when another machine takes the engine's place: the engine sees its clients go, but they are told
   * nothing, and what they send is swallowed. New connections are as ever.
   */
  lose(): void {
    for (const [inbound, outbound] of this.#ways) {
      inbound.unpipe();
      inbound.resume();
      outbound.removeAllListeners('close');
      outbound.unpipe();
      outbound.destroy();
    }
  }

  #join(inbound: Socket, outbound: Socket): void {
    this.#ways.set(inbound, outbound);
    inbound.pipe(outbound).pipe(inbound);
    for (const socket of [inbound, outbound]) {
      socket.on('error', () => undefined);
    }
    inbound.on('close', () => {
      this.#ways.delete(inbound);
      outbound.destroy();
    });
    outbound.on('close', () => inbound.destroy());
  }
}
