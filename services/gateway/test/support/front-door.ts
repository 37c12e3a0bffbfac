/** The listener of HTTPS before an api, and clients that send what a test says. */
import { once } from 'node:events';
import { BlockList } from 'node:net';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { createLogger } from '@linchpin/platform/logging';
import { createMetrics } from '@linchpin/platform/metrics';
import { HttpConnectionEvents } from '@linchpin/platform/http-server';
import { issueCertificate } from '@linchpin/testing';
import { ApiConnections } from '../../src/clients/api-connections.js';
import {
  headerBytesMax,
  HttpListener,
  type HttpListenerOptions,
} from '../../src/http/http-listener.js';
import { PassThrough } from '../../src/http/pass-through.js';
import { Admission } from '../../src/sockets/admission.js';
import type { OpenConnection } from '../../src/sockets/listened-connections.js';

export const server = issueCertificate({ subject: 'localhost' });

type Settings = Partial<HttpListenerOptions> & {
  readonly api: { readonly host: string; readonly port: number };
  readonly authorities?: readonly string[];
  readonly serverName?: string;
};

const limits = {
  connectionsMax: 1_000,
  connectionsPerAddressMax: 1_000,
  headersTimeoutMs: 15_000,
  requestTimeoutMs: 60_000,
  keepAliveTimeoutMs: 120_000,
};

export class FrontDoor {
  readonly #sockets: TLSSocket[] = [];

  private constructor(
    private readonly listener: HttpListener,
    /** Why requests were refused for want of the api. */
    readonly failures: readonly unknown[],
    /** Why no place was found. */
    readonly turnedAway: readonly string[],
  ) {}

  static async start({ api, authorities, serverName, ...options }: Settings): Promise<FrontDoor> {
    const failures: unknown[] = [];
    const turnedAway: string[] = [];
    const connections = new ApiConnections({
      address: api,
      serverName: serverName ?? 'localhost',
      authorities: authorities ?? [server.certificate],
    });
    const passThrough = new PassThrough({
      ...{ api: connections, headerBytesMax },
      events: {
        apiFailed: (error) => failures.push(error),
        apiAnswered: () => undefined,
      },
    });
    const logger = createLogger({ service: 'gateway', level: 'silent' });
    const listener = await HttpListener.start({
      listen: [{ host: '127.0.0.1', port: 0 }],
      certificates: { secureContextOptions: { cert: server.certificate, key: server.key } },
      proxies: new BlockList(),
      handshakeTimeoutMs: 10_000,
      drainMs: 1_000,
      limits,
      deviceCalls: { answer: () => undefined },
      passThrough,
      admission: new Admission({
        connectionsMax: 100,
        unauthenticatedMax: 100,
        unauthenticatedPerAddressMax: 100,
      }),
      openers: { mqtt: nobody, amqp: nobody },
      onTurnedAway: (_, reason) => turnedAway.push(reason),
      events: new HttpConnectionEvents(logger, createMetrics('gateway')),
      ...options,
    });
    return new FrontDoor(listener, failures, turnedAway);
  }

  get port(): number {
    return this.listener.ports[0] ?? 0;
  }

  async dial(options: ConnectionOptions = {}): Promise<TLSSocket> {
    const socket = connect({
      host: '127.0.0.1',
      port: this.port,
      servername: 'localhost',
      ...options,
      ca: server.certificate,
    });
    this.#sockets.push(socket);
    socket.on('error', () => undefined);
    await once(socket, 'secureConnect');
    return socket;
  }

  /** All that comes back to these bytes, in latin1, until the gateway ends the connection. */
  async send(...parts: readonly (string | Buffer)[]): Promise<string> {
    const socket = await this.dial();
    for (const part of parts) {
      socket.write(typeof part === 'string' ? Buffer.from(part, 'latin1') : part);
    }
    return readToEnd(socket);
  }

  async stop(): Promise<void> {
    this.listener.stopAccepting();
    for (const socket of this.#sockets) {
      socket.destroy();
    }
    await this.listener.drain();
  }

  /** As the gateway does when it stops. */
  async drain(): Promise<void> {
    this.listener.stopAccepting();
    await this.listener.drain();
  }
}

export async function readToEnd(socket: TLSSocket): Promise<string> {
  const received = receive(socket);
  await once(socket, 'close');
  return received.text;
}

/** What comes from now on. */
export function receive(socket: TLSSocket): { text: string } {
  const received = { text: '' };
  socket.on('data', (bytes: Buffer) => (received.text += bytes.toString('latin1')));
  return received;
}

/** The statuses of the answers, one after the other. */
export function statusesOf(text: string): number[] {
  return [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
}

const nobody: OpenConnection = () => {
  throw new Error('Nobody speaks that here.');
};
