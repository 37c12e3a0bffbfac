import { Agent } from 'node:http';
import { connect as connectTcp, isIP } from 'node:net';
import {
  connect as connectTls,
  createSecureContext,
  rootCertificates,
  type SecureContext,
  type TLSSocket,
} from 'node:tls';
import type { ClientSource } from '@linchpin/auth';
import type { HostPort } from '@linchpin/platform/config';
import { encodeProxyHeader } from '@linchpin/platform/tls';

export interface ApiPlace {
  readonly address: HostPort;
  /** A name, or an address, that its certificate must have. */
  readonly serverName: string;
  /** PEM; trusted beside what Node trusts. */
  readonly authorities: readonly string[];
}

/** From the first packet to the end of the TLS handshake. */
const connectMs = 10_000;

/**
 * Ways to the api. Each client's connection has one of its own, for what stands before the TLS handshake holds for all
 * that follows: a PROXY header says who the client is and which TLS it speaks.
 */
export class ApiConnections {
  readonly #secureContext: SecureContext;
  /** To begin the next connection with; it stands for a certificate that was verified. */
  #session: Buffer | undefined;

  constructor(private readonly place: ApiPlace) {
    const { authorities } = place;
    this.#secureContext = createSecureContext({
      ...(authorities.length > 0 && { ca: [...rootCertificates, ...authorities] }),
      minVersion: 'TLSv1.2',
    });
  }

  /** Opens the connection with the first request, and again when it was closed; requests take turns on it. */
  agentFor(client: ClientSource): Agent {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    agent.createConnection = () => this.#connect(client);
    return agent;
  }

  #connect(client: ClientSource): TLSSocket {
    const { address, serverName } = this.place;
    const socket = connectTcp({ ...address, noDelay: true });
    socket.write(encodeProxyHeader(client));
    const secured = connectTls({
      socket,
      secureContext: this.#secureContext,
      // No address is sent as a server name; the certificate is held to `host` then.
      ...{ host: serverName, servername: isIP(serverName) === 0 ? serverName : '' },
      ...(this.#session && { session: this.#session }),
    });
    // Node writes fields as UTF-8 when they leave alone; they came as ISO-8859-1.
    secured.setDefaultEncoding('latin1');
    socket.on('error', (error) => secured.destroy(error));
    const deadline = setTimeout(() => {
      secured.destroy(new Error(`The api was not reached in ${connectMs} ms.`));
    }, connectMs);
    secured.once('secureConnect', () => {
      clearTimeout(deadline);
    });
    secured.once('close', () => {
      clearTimeout(deadline);
    });
    this.#keepSessions(secured);
    return secured;
  }

  /** Of TLS 1.2 it comes within the handshake, when nothing is verified yet; of TLS 1.3 behind it. */
  #keepSessions(secured: TLSSocket): void {
    let offered: Buffer | undefined;
    const keep = (): void => {
      if (secured.authorized) {
        this.#session = offered ?? this.#session;
      }
    };
    secured.on('session', (session) => {
      offered = session;
      keep();
    });
    secured.once('secureConnect', keep);
  }
}
