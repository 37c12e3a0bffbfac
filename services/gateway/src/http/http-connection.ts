import { randomUUID } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import type { ClientSource } from '@linchpin/auth';
import { RequestAccesses } from '../domain/request-accesses.js';
import { peerCertificates } from '../sockets/peer-certificates.js';
import type { HttpServices } from './http-services.js';

/** What is known of one connection: of itself it is nobody's (device-https.md section 1.3). */
export class HttpConnection {
  readonly accesses: RequestAccesses;
  /** Somebody has shown a credential that counts. */
  isProven = false;
  #chain: readonly Buffer[] | undefined;

  constructor(
    private readonly socket: Duplex,
    client: ClientSource,
    services: HttpServices,
  ) {
    const { opener, table, limiters, telemetryLog, events } = services;
    this.accesses = new RequestAccesses({
      ...{ opener, table, limiters, telemetryLog, client },
      counterOf: (hub) => events.counterOf(hub),
      connectionId: randomUUID(),
      now: () => new Date(),
    });
  }

  /** What the client showed in the TLS handshake, the leaf first, each in DER. */
  certificates(): readonly Buffer[] {
    const { socket } = this;
    this.#chain ??= socket instanceof TLSSocket ? peerCertificates(socket) : [];
    return this.#chain;
  }
}
