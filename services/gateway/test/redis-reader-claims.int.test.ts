import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually, testEngines } from '@linchpin/testing';
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

test('a claim that Redis comes to late takes no place: its reader was refused', async () => {
  const { redis, keys } = world;
  await redis.hset(keys.gateways, 'g1', 'g1:7400');
  const claims = new RedisReaderClaims(redis, keys, 'g1');
  const place = { hub: 'stalled', hubGeneration: '7', consumerGroup: '$Default', partition: 0 };
  const living = { id: 'living', name: 'r', epoch: 1n };
  await claims.claim(place, living);
  const pausing = redis.duplicate();
  // What only reads is answered all the same.
  await pausing.call('CLIENT', 'PAUSE', '3500', 'WRITE');
  await expect(claims.claim(place, { ...living, id: 'late', epoch: 2n })).rejects.toThrow(
    'does not answer',
  );
  // What was given to Redis before is answered before.
  await eventually(() =>
    redis.set(`${keys.prefix}marker`, '1', 'EX', 60).then(
      () => true,
      () => false,
    ),
  );
  expect(await claims.keep(place, living)).toBe(true);
  pausing.disconnect();
}, 15_000);
