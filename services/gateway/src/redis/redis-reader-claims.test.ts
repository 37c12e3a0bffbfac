import { expect, test } from '@jest/globals';
import { createLogger } from '@linchpin/platform/logging';
import { openRedis } from '@linchpin/platform/redis';
import { PresenceKeys } from '@linchpin/presence';
import { ReaderStoreAway } from '../domain/reader-claims.js';
import { RedisReaderClaims } from './redis-reader-claims.js';

const place = { hub: 'h', hubGeneration: '7', consumerGroup: '$Default', partition: 0 };
const reader = { id: 'a', name: 'r', epoch: 1n };

test('nothing is given to a Redis that is away', async () => {
  // A command would make it connect.
  const redis = openRedis(
    'redis://127.0.0.1:1',
    createLogger({ service: 'gateway', level: 'silent' }),
  );
  const claims = new RedisReaderClaims(redis, new PresenceKeys('p:'), 'g1');

  await expect(claims.claim(place, reader)).rejects.toThrow(ReaderStoreAway);
  await expect(claims.keep(place, reader)).rejects.toThrow(ReaderStoreAway);
  await expect(claims.release(place, reader.id)).rejects.toThrow(ReaderStoreAway);
  expect(redis.status).toBe('wait');
});
