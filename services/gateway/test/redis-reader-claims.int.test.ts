import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openRedis } from '@linchpin/platform/redis';
import { CuttableProxy, testEngines } from '@linchpin/testing';
import { readerClaimsContract } from '../src/domain/reader-claims.contract.js';
import { RedisReaderClaims } from '../src/redis/redis-reader-claims.js';
import { openRedisWorld, silent, type RedisWorld } from './support/presence-world.js';

/** Nobody waits any more by then. */
const lateByMs = 100;

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

test('a claim that Redis comes to late takes no place: its reader was refused', async () => {
  const { redis, keys } = world;
  const { proxy, url } = await CuttableProxy.before(testEngines().redisUrl);
  const stalling = openRedis(url, silent);
  await stalling.connect();
  await redis.hset(keys.gateways, 'g1', 'g1:7400');
  const claims = new RedisReaderClaims(stalling, keys, 'g1');
  const place = { hub: 'stalled', hubGeneration: '7', consumerGroup: '$Default', partition: 0 };
  const living = { id: 'living', name: 'r', epoch: 1n };
  await claims.claim(place, living);
  proxy.hold('evalsha');
  await expect(claims.claim(place, { ...living, id: 'late', epoch: 2n })).rejects.toThrow(
    'does not answer',
  );
  await setTimeout(lateByMs);
  proxy.letGo();
  expect(await claims.keep(place, living)).toBe(true);
  stalling.disconnect();
  await proxy.cut();
}, 15_000);
