/**
 * A TCP port that leads to one gateway, past the load balancer: so that an unmodified SDK reaches the
 * gateway that a test means. TLS goes through untouched.
 */
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { openTcp } from './device-socket.js';
import { hub } from './hub.js';
import type { GatewayName } from './processes.js';

export interface GatewayDoor {
  /** For a connection string: Node's SDK takes a port there. */
  readonly hostName: string;
  close(): void;
}

export async function openDoor(gateway: GatewayName): Promise<GatewayDoor> {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const behind = openTcp({ gateway });
    for (const [socket, other] of [
      [client, behind],
      [behind, client],
    ] as const) {
      sockets.add(socket);
      socket.pipe(other);
      socket.on('error', () => undefined);
      socket.on('close', () => other.destroy());
    }
  });
  server.listen(0, hub.host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    hostName: `${hub.host}:${port}`,
    close: () => {
      server.close();
      for (const socket of sockets) {
        socket.destroy();
      }
    },
  };
}
