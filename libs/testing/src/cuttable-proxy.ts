import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { Transform } from 'node:stream';

/**
 * A way to an engine that a test can cut and mend, as when the engine restarts, lose without a word, or hold up as when
 * the engine stalls.
 */
export class CuttableProxy {
  /** Of clients, with where each leads. */
  readonly #ways = new Map<Socket, Socket>();
  #heldFrom: string | undefined;
  /** Each sends on what one client sent. */
  readonly #held: (() => void)[] = [];

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

  /** @returns the way, with the URL by which it is taken to the engine of this one */
  static async before(engineUrl: string): Promise<{ proxy: CuttableProxy; url: string }> {
    const url = new URL(engineUrl);
    const proxy = await CuttableProxy.open({ host: url.hostname, port: Number(url.port) });
    url.host = `127.0.0.1:${proxy.port}`;
    return { proxy, url: url.href };
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

  /** What a client sends from now on with this text, and all behind it, waits for `letGo`. */
  hold(text: string): void {
    this.#heldFrom = text;
  }

  letGo(): void {
    this.#heldFrom = undefined;
    for (const send of this.#held.splice(0)) {
      send();
    }
  }

  #join(inbound: Socket, outbound: Socket): void {
    this.#ways.set(inbound, outbound);
    inbound.pipe(this.#gate()).pipe(outbound).pipe(inbound);
    for (const socket of [inbound, outbound]) {
      socket.on('error', () => undefined);
    }
    inbound.on('close', () => {
      this.#ways.delete(inbound);
      outbound.destroy();
    });
    outbound.on('close', () => inbound.destroy());
  }

  #gate(): Transform {
    return new Transform({
      transform: (sent: Buffer, _, done) => {
        const send = (): void => {
          done(null, sent);
        };
        if (this.#heldFrom !== undefined && sent.includes(this.#heldFrom)) {
          this.#held.push(send);
        } else {
          send();
        }
      },
    });
  }
}
