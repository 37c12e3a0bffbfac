import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { testEngines } from '@linchpin/testing';
import { presenceContract } from '../src/domain/presence.contract.js';
import { openRedisWorld, type RedisWorld } from './presence-world.js';

const generationId = '638900000000000001';
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
  const held = { hub: 'h', identity: { deviceId: 'addressed' }, generationId };
  await world.gateway('near').claim({ ...held, connectionId: 'c1', cleanSession: false });
  const { former } = await world
    .gateway('far')
    .claim({ ...held, connectionId: 'c2', cleanSession: false });
  expect(former).toEqual({ gatewayId: 'near', address: '10.0.0.1:7400', connectionId: 'c1' });
});

test('what is kept of a deleted device goes, with its modules, once it is released', async () => {
  const gateway = world.gateway('g1');
  const hub = 'forgetful';
  const device = { hub, identity: { deviceId: 'd' }, generationId, connectionId: 'c1' };
  const module = {
    hub,
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
  const module = { hub, identity, generationId, connectionId: 'c1' };
  await gateway.claim({ ...module, cleanSession: false });
  expect(await kept(hub)).toContain(world.keys.modules(`${hub}/d`));
  gateway.release(module, 'revoked', true);
  await gateway.forget(hub, identity, generationId);
  expect(await kept(hub)).toEqual([]);
});

test('an identity that was created anew is not forgotten', async () => {
  const gateway = world.gateway('g1');
  const hub = 'careful';
  const anew = { hub, identity: { deviceId: 'd' }, generationId: '638900000000000009' };
  await gateway.claim({ ...anew, connectionId: 'c1', cleanSession: false });
  gateway.release({ ...anew, connectionId: 'c1' }, 'connection-lost', true);
  await gateway.forget(hub, { deviceId: 'd' }, generationId);
  expect(await kept(hub)).toHaveLength(2);
});

/** Keys about identities of the hub. */
async function kept(hub: string): Promise<string[]> {
  return world.redis.keys(`${world.keys.prefix}*:${hub}/*`);
}
