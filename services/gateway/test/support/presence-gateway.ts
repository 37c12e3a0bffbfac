/** A gateway without a protocol: its presence and its lease are real, its devices are a call away. */
import { fakeClaim, FakeAuthenticator } from '../../src/domain/authenticator.fake.js';
import { ConnectionTable } from '../../src/domain/connection-table.js';
import { FakeConnection } from '../../src/domain/device-connection.fake.js';
import { fakeLimiters } from '../../src/domain/hub-limiters.fake.js';
import { SessionOpener } from '../../src/domain/open-session.js';
import { reconcileHolds } from '../../src/domain/reconcile-holds.js';
import { GatewayLease } from '../../src/redis/gateway-lease.js';
import type { RedisPresence } from '../../src/redis/redis-presence.js';
import { silent, type RedisWorld } from './presence-world.js';

export interface PresenceGateway {
  readonly table: ConnectionTable;
  readonly presence: RedisPresence;
  readonly lease: GatewayLease;
  /** How many times presence was compared with the connections. */
  reconciled: number;
  connect(deviceId: string): Promise<ConnectedDevice>;
}

interface ConnectedDevice {
  readonly connection: FakeConnection;
  leave(): void;
}

export async function startPresenceGateway(
  world: RedisWorld,
  gatewayId: string,
): Promise<PresenceGateway> {
  const { redis, keys } = world;
  const presence = world.gateway(gatewayId);
  const table = new ConnectionTable();
  const authenticator = new FakeAuthenticator();
  const peers = { disconnect: () => Promise.resolve() };
  const limiters = fakeLimiters();
  const opener = new SessionOpener({
    ...{ gatewayId, authenticator, presence, peers, table, limiters },
  });
  let connections = 0;
  const reconcile = async (): Promise<void> => {
    await reconcileHolds(table, presence);
    started.reconciled += 1;
  };
  const address = `${gatewayId}.test:7400`;
  const options = { redis, keys, gatewayId, address, logger: silent, reconcile };
  const started: PresenceGateway = {
    table,
    presence,
    reconciled: 0,
    lease: await GatewayLease.start(options),
    connect: async (deviceId) => {
      connections += 1;
      const connection = new FakeConnection(`${gatewayId}-${connections}`);
      const opened = await opener.open(fakeClaim(deviceId), connection);
      const leave = (): void => {
        void connection.end('connection-lost');
        void opener.close(opened, 'connection-lost');
      };
      return { connection, leave };
    },
  };
  return started;
}
