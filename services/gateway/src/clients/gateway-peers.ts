import { GatewayClient } from '@linchpin/contracts';
import type { GrpcTls } from '@linchpin/platform/config';
import { callUnary, createGrpcClient } from '@linchpin/platform/grpc';
import type { Logger } from '@linchpin/platform/logging';
import type { PeerGateways } from '../domain/open-session.js';
import type { FormerHolder } from '../domain/presence.js';

/** As long as a newcomer waits for the former connection to be detached. */
const disconnectDeadlineMs = 3_000;
/** Gateways that nobody asked for so long are gone, mostly. */
const idleMs = 10 * 60_000;

interface Peer {
  readonly client: GatewayClient;
  lastUsedMs: number;
}

/** Calls other gateways at the address that they registered. */
export class GatewayPeers implements PeerGateways {
  readonly #peers = new Map<string, Peer>();

  constructor(
    private readonly tls: GrpcTls | undefined,
    private readonly logger: Logger,
  ) {}

  async disconnect({ address, connectionId, gatewayId }: FormerHolder): Promise<void> {
    if (address === undefined) {
      return;
    }
    const client = this.#clientOf(address);
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

  close(): void {
    for (const { client } of this.#peers.values()) {
      client.close();
    }
    this.#peers.clear();
  }

  #clientOf(address: string): GatewayClient {
    const now = Date.now();
    for (const [other, peer] of this.#peers) {
      if (now - peer.lastUsedMs > idleMs) {
        peer.client.close();
        this.#peers.delete(other);
      }
    }
    let peer = this.#peers.get(address);
    if (peer === undefined) {
      const { tls } = this;
      peer = { client: createGrpcClient(GatewayClient, { address, tls }), lastUsedMs: now };
      this.#peers.set(address, peer);
    }
    peer.lastUsedMs = now;
    return peer.client;
  }
}
