import { afterAll, beforeAll } from '@jest/globals';
import { testEngines } from '@linchpin/testing';
import { readerClaimsContract } from '../src/domain/reader-claims.contract.js';
import { RedisReaderClaims } from '../src/redis/redis-reader-claims.js';
import { openRedisWorld, type RedisWorld } from './support/presence-world.js';

let world: RedisWorld;

beforeAll(async () => {
  world = await openRedisWorld(testEngines().redisUrl);
});

afterAll(async () => {
  await world.close();
});

readerClaimsContract('RedisReaderClaims', () => {
  const { redis, keys } = world;
  return Promise.resolve({
    gateway: async (gatewayId) => {
      await redis.hset(keys.gateways, gatewayId, `${gatewayId}:7400`);
      return new RedisReaderClaims(redis, keys, gatewayId);
    },
    lose: async (gatewayId) => {
      await redis.hdel(keys.gateways, gatewayId);
    },
    forget: async ({ hub }) => {
      await redis.del(...(await redis.keys(`${keys.prefix}readers:${hub}*`)));
    },
  });
});
