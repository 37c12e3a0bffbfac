/** Gateways' presence over a real Redis, under a key prefix of their own. */
import { randomUUID } from 'node:crypto';
import { openRedis, type Redis } from '@linchpin/platform/redis';
import { createLogger } from '@linchpin/platform/logging';
import { PresenceKeys } from '@linchpin/presence';
import type { PresenceWorld } from '../../src/domain/presence.contract.js';
import type { ConnectionStateEvent } from '../../src/domain/relay-connection-events.js';
import { RedisConnectionEventQueue } from '../../src/redis/redis-connection-event-queue.js';
import { DeletedHubs } from '../../src/redis/deleted-hubs.js';
import { RedisPresence } from '../../src/redis/redis-presence.js';

export const silent = createLogger({ service: 'test', level: 'silent' });

export interface RedisWorld extends PresenceWorld {
  readonly redis: Redis;
  readonly keys: PresenceKeys;
  gateway(gatewayId: string): RedisPresence;
  deletedHubs(gatewayId: string): DeletedHubs;
  close(): Promise<void>;
}

/** @param prefix another world's, to share its keys over a connection of one's own */
export async function openRedisWorld(
  redisUrl: string,
  prefix = `test-${randomUUID()}:`,
): Promise<RedisWorld> {
  const redis = openRedis(redisUrl, silent);
  await redis.connect();
  const keys = new PresenceKeys(prefix);
  const gateways: RedisPresence[] = [];
  return {
    redis,
    keys,
    gateway: (gatewayId) => {
      const ignore = (): void => undefined;
      const presence = new RedisPresence({
        redis,
        keys,
        gatewayId,
        onRetry: ignore,
        onRetried: ignore,
      });
      gateways.push(presence);
      return presence;
    },
    deletedHubs: (gatewayId) => new DeletedHubs(redis, keys, gatewayId),
    settle: async () => {
      await Promise.all(gateways.map((gateway) => gateway.settle()));
    },
    events: () => readEvents(redis, keys),
    close: async () => {
      await redis.quit();
    },
  };
}

async function readEvents(
  redis: Redis,
  keys: PresenceKeys,
): Promise<readonly ConnectionStateEvent[]> {
  const queue = new RedisConnectionEventQueue(redis, keys, 'reader');
  return (await queue.read()).map(({ event }) => event);
}
