import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createLogger } from '@linchpin/platform/logging';
import { openRedis } from '@linchpin/platform/redis';
import { CuttableProxy, eventually, testEngines } from '@linchpin/testing';
import { PresenceKeys, PresenceReader, PresenceWaits } from '../src/index.js';

const logger = createLogger({ service: 'test', level: 'silent' });
const { redisUrl } = testEngines();
const redis = openRedis(redisUrl, logger);
const subscriber = openRedis(redisUrl, logger);
const keys = new PresenceKeys(`test-${randomUUID()}:`);
const never = new AbortController().signal;

beforeAll(async () => {
  await redis.connect();
});

afterAll(async () => {
  await Promise.all([redis.quit(), subscriber.quit()]);
});

describe('the holder of an identity', () => {
  const reader = new PresenceReader(redis, keys);
  const place = { gateway: 'g1', connection: 'c1', hubGeneration: '7', generation: '6389' };

  test('is the connection, and where its gateway is reached', async () => {
    await redis.hset(keys.gateways, 'g1', '10.0.0.1:7400');
    await redis.hset(keys.presence('h/d/m'), place);
    expect(await reader.holderOf('h', { deviceId: 'd', moduleId: 'm' })).toEqual({
      gatewayId: 'g1',
      address: '10.0.0.1:7400',
      connectionId: 'c1',
      hubGeneration: '7',
      generationId: '6389',
    });
  });

  test.each(['never registered', 'being swept'])(
    'has no address when its gateway is %s',
    async (id) => {
      await redis.hset(keys.gateways, 'being swept', '');
      await redis.hset(keys.presence(`h/${id}`), { ...place, gateway: id });
      const holder = await reader.holderOf('h', { deviceId: id });
      expect(holder).toMatchObject({ gatewayId: id, address: undefined, connectionId: 'c1' });
    },
  );

  test('is nobody for one that left, and for one that never came', async () => {
    await redis.hset(keys.presence('h/left'), { generation: '6389', counter: '2' });
    expect(await reader.holderOf('h', { deviceId: 'left' })).toBeUndefined();
    expect(await reader.holderOf('h', { deviceId: 'new' })).toBeUndefined();
  });

  test('cannot be told while Redis is away', async () => {
    const { proxy, url } = await CuttableProxy.before(redisUrl);
    const away = openRedis(url, logger);
    await away.connect();
    await proxy.cut();
    await expect(
      new PresenceReader(away, keys).holderOf('h', { deviceId: 'd' }),
    ).rejects.toMatchObject({ code: 'ServiceUnavailable' });
    await proxy.mend();
    await away.quit();
  });
});

describe('who waits for an identity', () => {
  const waits = new PresenceWaits(subscriber, keys);
  /** They hear, or nothing happens in the time of a test. */
  const waitsForWord = new PresenceWaits(subscriber, keys, 300_000);
  const name = keys.arrivals('h/d');

  test('hears of an arrival at once, be it before the wait', async () => {
    const watch = await waitsForWord.watch('h', { deviceId: 'd' });
    await redis.publish(name, '');
    expect(await watch.next(never)).toBe(true);
    const waiting = watch.next(never);
    await redis.publish(name, '');
    expect(await waiting).toBe(true);
    watch.close();
  });

  test('hears of no other identity, and looks again after a second all the same', async () => {
    const watch = await waits.watch('h', { deviceId: 'd' });
    const began = performance.now();
    const waiting = watch.next(never);
    await redis.publish(keys.arrivals('h/d2'), '');
    expect(await waiting).toBe(false);
    expect(performance.now() - began).toBeGreaterThan(900);
    watch.close();
  });

  test('waits no longer than his signal', async () => {
    const watch = await waits.watch('h', { deviceId: 'd' });
    const given = new AbortController();
    const waiting = watch.next(given.signal);
    given.abort(new Error('gone'));
    await expect(waiting).rejects.toThrow('gone');
    await expect(watch.next(given.signal)).rejects.toThrow('gone');
    watch.close();
  });

  test('hears of arrivals again when his connection to Redis was lost', async () => {
    const { proxy, url } = await CuttableProxy.before(redisUrl);
    const lost = openRedis(url, logger);
    const watch = await new PresenceWaits(lost, keys).watch('h', { deviceId: 'd' });

    await proxy.cut();
    await proxy.mend();

    await eventually(async () => (await redis.publish(name, '')) > 0);
    await expect(watch.next(never)).resolves.toBe(true);
    watch.close();
    lost.disconnect();
    await proxy.cut();
  });

  test('shares the channel with others, and the last one leaves it', async () => {
    const [one, two] = await Promise.all([
      waitsForWord.watch('h', { deviceId: 'd' }),
      waitsForWord.watch('h', { deviceId: 'd' }),
    ]);
    expect(await redis.pubsub('NUMSUB', name)).toEqual([name, 1]);
    one.close();
    one.close();
    const waiting = two.next(never);
    await redis.publish(name, '');
    expect(await waiting).toBe(true);
    two.close();
    await eventually(async () => (await subscribers()) === 0);
  });

  test('may come again while the channel is being left', async () => {
    const gone = await waits.watch('h', { deviceId: 'd' });
    gone.close();
    const watch = await waits.watch('h', { deviceId: 'd' });
    expect(await subscribers()).toBe(1);
    watch.close();
  });

  async function subscribers(): Promise<unknown> {
    return (await redis.pubsub('NUMSUB', name))[1];
  }
});
