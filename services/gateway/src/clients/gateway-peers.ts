import { GatewayClient } from '@linchpin/contracts';
import type { GrpcTls } from '@linchpin/platform/config';
import { callUnary, ClientsByAddress } from '@linchpin/platform/grpc';
import type { Logger } from '@linchpin/platform/logging';
import type { NewerReader, ReaderPeers } from '../domain/event-readers.js';
import type { PeerGateways } from '../domain/open-session.js';
import type { FormerHolder } from '../domain/presence.js';
import type { FormerReader } from '../domain/reader-claims.js';

/** As long as a newcomer waits for the former connection to be detached. */
const disconnectDeadlineMs = 3_000;

/** Calls other gateways at the address that they registered. */
export class GatewayPeers implements PeerGateways, ReaderPeers {
  readonly #clients: ClientsByAddress<GatewayClient>;

  constructor(
    tls: GrpcTls | undefined,
    private readonly logger: Logger,
  ) {
    this.#clients = new ClientsByAddress(GatewayClient, { tls });
  }

  async disconnect({ address, connectionId, gatewayId }: FormerHolder): Promise<void> {
    if (address === undefined) {
      return;
    }
    const client = this.#clients.at(address);
    try {
      await callUnary(
        client.disconnect.bind(client),
        { connectionId },
        { name: 'Gateway/Disconnect', deadlineMs: disconnectDeadlineMs },
      );
    } catch (error) {
      // The identity's place is taken already; a gateway that does not answer is dead or will be
      // told by its own lease.
      this.logger.warn({ err: error, gateway: gatewayId }, 'a gateway did not detach a connection');
    }
  }

  async endReader(
    { id: readerId, address, gatewayId }: FormerReader,
    { name: newerName, epoch: newerEpoch }: NewerReader,
  ): Promise<void> {
    if (address === undefined) {
      return;
    }
    const client = this.#clients.at(address);
    try {
      await callUnary(
        client.endReader.bind(client),
        { readerId, newerName, newerEpoch },
        { name: 'Gateway/EndReader', deadlineMs: disconnectDeadlineMs },
      );
    } catch (error) {
      this.logger.warn({ err: error, gateway: gatewayId }, 'a gateway did not end a reader');
    }
  }

  close(): void {
    this.#clients.close();
  }
}
