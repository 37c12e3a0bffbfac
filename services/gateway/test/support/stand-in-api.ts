/** In the api's place: takes PROXY headers and TLS as it does, and then whatever a test does with the connections. */
import assert from 'node:assert';
import { BlockList } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { ClientSource } from '@linchpin/auth';
import { TlsListener, type ClientPlace } from '@linchpin/platform/tls';
import { eventually, type IssuedCertificate } from '@linchpin/testing';

export interface ApiSide {
  readonly socket: TLSSocket;
  /** As the PROXY header has it. */
  readonly client: ClientSource;
  /** All that came, in latin1; nothing where something else reads the socket. */
  received: string;
}

export class StandInApi {
  readonly connections: ApiSide[] = [];
  readonly #tls: TlsListener<ClientPlace>;

  private constructor(
    { certificate: cert, key }: IssuedCertificate,
    onSocket: ((socket: TLSSocket) => void) | undefined,
  ) {
    const proxies = new BlockList();
    proxies.addAddress('127.0.0.1');
    this.#tls = new TlsListener<ClientPlace>({
      listen: [{ host: '127.0.0.1', port: 0 }],
      certificates: { secureContextOptions: { cert, key } },
      proxies,
      handshakeTimeoutMs: 10_000,
      asksForCertificate: false,
      unnamedMax: 100,
      admission: { enter: () => ({ ended: () => undefined }) },
      onClient: (socket, client) => {
        const side = { socket, client, received: '' };
        this.connections.push(side);
        socket.on('error', () => undefined);
        if (onSocket === undefined) {
          socket.on('data', (bytes: Buffer) => (side.received += bytes.toString('latin1')));
        } else {
          onSocket(socket);
        }
      },
      onTurnedAway: () => undefined,
    });
  }

  /** @param onSocket reads the connections; without it their bytes are kept */
  static async start(
    certificate: IssuedCertificate,
    onSocket?: (socket: TLSSocket) => void,
  ): Promise<StandInApi> {
    const api = new StandInApi(certificate, onSocket);
    await api.#tls.listen();
    return api;
  }

  get address(): { readonly host: string; readonly port: number } {
    return { host: '127.0.0.1', port: this.#tls.ports[0] ?? 0 };
  }

  /** The connection of that number, once it is there and its bytes hold this. */
  async holding(text: string, index = 0): Promise<ApiSide> {
    await eventually(() => this.connections[index]?.received.includes(text) === true);
    const found = this.connections[index];
    assert(found !== undefined);
    return found;
  }

  stop(): void {
    this.#tls.stopAccepting();
    for (const { socket } of this.connections) {
      socket.destroy();
    }
  }
}
