import { DownlinkClient, streamedRpcs } from '@linchpin/contracts';
import { ClientsByAddress } from '@linchpin/platform/grpc';
import { requireAnswer, stopAll } from '@linchpin/platform/lifecycle';
import type { Logger } from '@linchpin/platform/logging';
import { closeRedis, openRedis, type Redis } from '@linchpin/platform/redis';
import { PresenceKeys } from '@linchpin/presence';
import { connectRegistry, type RegistryConnection } from './clients/registry-connection.js';
import type { CloudToDeviceConfig } from './config.js';

/** What cloud-to-device reaches out to. */
export interface Outside {
  readonly redis: Redis;
  /** Listens, and does nothing else. */
  readonly subscriber: Redis;
  readonly keys: PresenceKeys;
  readonly connection: RegistryConnection;
  readonly gateways: ClientsByAddress<DownlinkClient>;
  close(): Promise<void>;
}

/** Opens everything, and checks that Redis answers. @throws Error that says what is missing */
export async function openOutside(config: CloudToDeviceConfig, logger: Logger): Promise<Outside> {
  const redis = openRedis(config.redisUrl, logger);
  const subscriber = openRedis(config.redisUrl, logger);
  await requireAnswer('Redis', 'LINCHPIN_REDIS_URL', async () => {
    await Promise.all([redis.connect(), subscriber.connect()]);
  });
  const connection = connectRegistry(config.registry);
  const gateways = new ClientsByAddress(DownlinkClient, {
    tls: config.grpc.tls,
    streamed: streamedRpcs,
  });
  return {
    redis,
    subscriber,
    keys: new PresenceKeys(`${config.topicPrefix}:`),
    connection,
    gateways,
    close: () =>
      stopAll([
        () => {
          gateways.close();
        },
        () => {
          connection.close();
        },
        () => {
          subscriber.disconnect();
        },
        () => closeRedis(redis),
      ]),
  };
}
