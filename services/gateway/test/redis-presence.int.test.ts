import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openRedis } from '@linchpin/platform/redis';
import { PresenceReader, PresenceWaits } from '@linchpin/presence';
import { testEngines } from '@linchpin/testing';
import { presenceContract } from '../src/domain/presence.contract.js';
import type { HeldIdentity } from '../src/domain/presence.js';
import { openRedisWorld, silent, type RedisWorld } from './support/presence-world.js';

const hubGeneration = '7';
const generationId = '638900000000000001';
const longerThanATestMs = 300_000;
let world: RedisWorld;

beforeAll(async () => {
  world = await openRedisWorld(testEngines().redisUrl);
});

afterAll(async () => {
  await world.close();
});

presenceContract('RedisPresence', () => Promise.resolve(world));

test('the former holder is named with the address at which its gateway is reached', async () => {
  const { redis, keys } = world;
  await redis.hset(keys.gateways, 'near', '10.0.0.1:7400');
  const held = { hub: 'h', hubGeneration, identity: { deviceId: 'addressed' }, generationId };
  await world.gateway('near').claim({ ...held, connectionId: 'c1', cleanSession: false });
  const { former } = await world
    .gateway('far')
    .claim({ ...held, connectionId: 'c2', cleanSession: false });
  expect(former).toEqual({ gatewayId: 'near', address: '10.0.0.1:7400', connectionId: 'c1' });
});

test('other services are told who holds an identity, until it is released', async () => {
  const { redis, keys } = world;
  await redis.hset(keys.gateways, 'near', '10.0.0.1:7400');
  const reader = new PresenceReader(redis, keys);
  const identity = { deviceId: 'sought', moduleId: 'm' };
  const held = { hub: 'h', hubGeneration, identity, generationId, connectionId: 'c1' };
  await world.gateway('near').claim({ ...held, cleanSession: true });
  expect(await reader.holderOf('h', identity)).toEqual({
    gatewayId: 'near',
    address: '10.0.0.1:7400',
    connectionId: 'c1',
    hubGeneration,
    generationId,
  });
  world.gateway('near').release(held, 'client-disconnect', false);
  await world.settle();
  expect(await reader.holderOf('h', identity)).toBeUndefined();
});

test('who waits for an identity hears when it is announced', async () => {
  const subscriber = openRedis(testEngines().redisUrl, silent);
  const identity = { deviceId: 'awaited' };
  const waits = new PresenceWaits(subscriber, world.keys, longerThanATestMs);
  const watch = await waits.watch('h', identity);
  const waiting = watch.next(new AbortController().signal);
  const held = { hub: 'h', hubGeneration, identity, generationId, connectionId: 'c1' };
  world.gateway('near').announce(held);
  expect(await waiting).toBe(true);
  await subscriber.quit();
});

test('what is kept of a deleted device goes, with its modules, once it is released', async () => {
  const gateway = world.gateway('g1');
  const hub = 'forgetful';
  const device = {
    hub,
    hubGeneration,
    identity: { deviceId: 'd' },
    generationId,
    connectionId: 'c1',
  };
  const module = {
    hub,
    hubGeneration,
    identity: { deviceId: 'd', moduleId: 'm' },
    generationId: '638900000000000002',
    connectionId: 'c2',
  };
  await gateway.claim({ ...device, cleanSession: false });
  await gateway.claim({ ...module, cleanSession: false });
  await gateway.forget(hub, { deviceId: 'd' }, generationId);
  expect(await kept(hub)).toContain(world.keys.presence(`${hub}/d/m`));

  gateway.release(device, 'revoked', true);
  gateway.release(module, 'revoked', true);
  await gateway.forget(hub, { deviceId: 'd' }, generationId);
  expect(await kept(hub)).toEqual([]);
});

test('what is kept of a deleted module goes, and its device has it no more', async () => {
  const gateway = world.gateway('g1');
  const hub = 'modular';
  const identity = { deviceId: 'd', moduleId: 'm' };
  const module = { hub, hubGeneration, identity, generationId, connectionId: 'c1' };
  await gateway.claim({ ...module, cleanSession: false });
  expect(await kept(hub)).toContain(world.keys.modules(`${hub}/d`));
  gateway.release(module, 'revoked', true);
  await gateway.forget(hub, identity, generationId);
  expect(await kept(hub)).toEqual([]);
});

test('an identity that was created anew is not forgotten', async () => {
  const gateway = world.gateway('g1');
  const hub = 'careful';
  const anew = {
    hub,
    hubGeneration,
    identity: { deviceId: 'd' },
    generationId: '638900000000000009',
  };
  await gateway.claim({ ...anew, connectionId: 'c1', cleanSession: false });
  gateway.release({ ...anew, connectionId: 'c1' }, 'connection-lost', true);
  await gateway.forget(hub, { deviceId: 'd' }, generationId);
  expect(await kept(hub)).toHaveLength(2);
});

describe('a deleted hub', () => {
  const identity = { deviceId: 'd' };
  const module = { deviceId: 'd', moduleId: 'm' };

  function held(hub: string, hubGeneration: string, who: HeldIdentity['identity'] = identity) {
    return { hub, hubGeneration, identity: who, generationId, connectionId: randomUUID() };
  }

  async function visit(who: HeldIdentity): Promise<void> {
    const gateway = world.gateway('g1');
    await gateway.claim({ ...who, cleanSession: false });
    gateway.release(who, 'connection-lost', true);
    await gateway.settle();
  }

  test('takes all with it that was kept of its identities', async () => {
    const hub = 'deleted';
    await visit(held(hub, '7'));
    await visit(held(hub, '7', module));
    await visit(held('deleted-not', '8'));
    await world.gateway('g1').forgetHub({ hub, hubGeneration: '7' });
    await world.deletedHubs('g1').forget();
    expect(await kept(hub)).toEqual([]);
    expect(await kept('deleted-not')).toHaveLength(2);
    expect(await world.redis.exists(world.keys.deletedHubs)).toBe(0);
  });

  test('is waited for while a gateway still holds a device of it', async () => {
    const hub = 'lingering';
    const late = held(hub, '7');
    const gateway = world.gateway('g2');
    await gateway.claim({ ...late, cleanSession: false });
    await world.gateway('g1').forgetHub({ hub, hubGeneration: '7' });
    await world.deletedHubs('g1').forget();
    expect(await kept(hub)).toHaveLength(2);
    gateway.release(late, 'revoked', true);
    await gateway.settle();
    await world.deletedHubs('g1').forget();
    expect(await kept(hub)).toEqual([]);
  });

  test('takes nothing from one that is made again under its name', async () => {
    const hub = 'again';
    await visit(held(hub, '7'));
    await visit({ ...held(hub, '8', module), generationId: '638900000000000009' });
    await world.gateway('g1').forgetHub({ hub, hubGeneration: '7' });
    await world.deletedHubs('g1').forget();
    const { presence, session, modules } = {
      presence: world.keys.presence(`${hub}/d/m`),
      session: world.keys.session(`${hub}/d/m`),
      modules: world.keys.modules(`${hub}/d`),
    };
    expect((await kept(hub)).sort()).toEqual([modules, presence, session].sort());
  });

  test('is looked through by one gateway at a time', async () => {
    const hub = 'shared';
    await visit(held(hub, '7'));
    await world.gateway('g1').forgetHub({ hub, hubGeneration: '7' });
    await world.redis.set(world.keys.forgettingLease, 'another');
    await world.deletedHubs('g1').forget();
    expect(await kept(hub)).toHaveLength(2);
    await world.redis.del(world.keys.forgettingLease);
    await world.deletedHubs('g1').forget();
    expect(await kept(hub)).toEqual([]);
    expect(await world.redis.exists(world.keys.forgettingLease)).toBe(0);
  });
});

/** Keys about identities of the hub. */
async function kept(hub: string): Promise<string[]> {
  return world.redis.keys(`${world.keys.prefix}*:${hub}/*`);
}
