/** What Redis may lose, and what becomes of presence and its events then. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { eventually } from '@linchpin/testing';
import type { HubError } from '@linchpin/wire';
import { fakeGrant } from '../src/domain/authenticator.fake.js';
import { startPresenceGateway, type PresenceGateway } from './support/presence-gateway.js';
import { openRedisWorld, type RedisWorld } from './support/presence-world.js';
import { RedisServer } from './support/redis-server.js';

let server: RedisServer;
let world: RedisWorld;
let gateway: PresenceGateway;

beforeEach(async () => {
  server = await RedisServer.start();
  world = await openRedisWorld(server.url);
  gateway = await startPresenceGateway(world, 'g1');
});

afterEach(async () => {
  await gateway.lease.stop();
  await world.close();
  await server.stop();
});

async function eventsOf(deviceId: string): Promise<string[]> {
  await world.settle();
  const events = await world.events();
  return events
    .filter(({ identity }) => identity.deviceId === deviceId)
    .map(({ type, cause, sequenceNumber }) => `${sequenceNumber} ${type} ${cause}`);
}

/** As a consumer of the events would see it, who has heard of some already. */
function expectRising(...batches: readonly (readonly string[])[]): void {
  const all = batches.flat();
  expect(all).toEqual([...new Set(all)].sort());
}

async function holderOf(deviceId: string): Promise<string | null> {
  return world.redis.hget(world.keys.presence(`h/${deviceId}`), 'connection');
}

/** An epoch without memory of the last one is the second that Redis has. */
async function laterEpoch(): Promise<void> {
  const { redis, keys } = world;
  const epoch = Number(await redis.hget(keys.dataset, 'epoch'));
  await eventually(async () => Number((await redis.time())[0]) > epoch);
}

test('after a crash numbers go on rising, and those connected are still held', async () => {
  const device = await gateway.connect('d1');
  const before = await eventsOf('d1');
  await server.crash();
  await eventually(() => gateway.reconciled === 1);
  expect(await holderOf('d1')).toBe(device.connection.id);
  device.leave();
  await gateway.connect('d1');
  const after = (await eventsOf('d1')).slice(before.length);
  expect(after.map((event) => event.slice(65))).toEqual([
    'deviceDisconnected connection-lost',
    'deviceConnected connect',
  ]);
  expectRising(before, after);
});

describe('what is lost with everything', () => {
  test('is held again, under higher numbers', async () => {
    const devices = [await gateway.connect('d1'), await gateway.connect('d2')];
    const before = await eventsOf('d1');
    await laterEpoch();
    await world.redis.flushall();
    await eventually(() => gateway.reconciled === 1);
    expect(await holderOf('d1')).toBe(devices[0]!.connection.id);
    expect(await holderOf('d2')).toBe(devices[1]!.connection.id);
    const after = await eventsOf('d1');
    expect(after.map((event) => event.slice(65))).toEqual(['deviceConnected connect']);
    expectRising(before, after);
  });

  test('and connected anew before the gateway knew, too', async () => {
    await gateway.connect('d1');
    const before = await eventsOf('d1');
    await laterEpoch();
    await world.redis.flushall();
    await gateway.connect('d1');
    const after = await eventsOf('d1');
    expectRising(before, after);
    await eventually(() => gateway.reconciled === 1);
    expectRising(before, await eventsOf('d1'));
  });
});

test('a crash that undoes the last changes is mended both ways', async () => {
  const stays = await gateway.connect('stays');
  const leaves = await gateway.connect('leaves');
  const { redis, keys } = world;
  const lost = keys.presence('h/leaves');
  const image = await redis.hgetall(lost);
  leaves.leave();
  await world.settle();
  await redis.del(keys.presence('h/stays'));
  await redis.srem(keys.held('g1'), 'h/stays');
  await redis.hset(lost, image);
  await redis.sadd(keys.held('g1'), 'h/leaves');
  await server.crash();
  await eventually(() => gateway.reconciled === 1);
  expect(await holderOf('stays')).toBe(stays.connection.id);
  expect(await holderOf('leaves')).toBeNull();
  expect((await eventsOf('leaves')).at(-1)).toContain('deviceDisconnected connection-lost');
});

test('who comes while Redis is away is turned away, and nothing of him is done later', async () => {
  const device = await gateway.connect('d1');
  await server.kill();
  device.leave();
  const many = Array.from({ length: 500 }, (_, index) => gateway.connect(`away${index}`));
  const refusals = (await Promise.allSettled(many)).map((outcome) =>
    outcome.status === 'rejected' ? (outcome.reason as HubError).code : 'let in',
  );
  expect(new Set(refusals)).toEqual(new Set(['ServiceUnavailable']));
  await server.start();
  await world.settle();
  const events = await world.events();
  expect(events.filter(({ identity }) => identity.deviceId !== 'd1')).toEqual([]);
  expect((await eventsOf('d1')).at(-1)).toContain('deviceDisconnected connection-lost');
});

test('what is deleted while Redis is away is forgotten when it is back, however much it is', async () => {
  const device = await gateway.connect('d7');
  await server.kill();
  device.leave();
  const forgotten = Array.from({ length: 20_000 }, (_, index) =>
    gateway.presence.forget('h', { deviceId: `d${index}` }, fakeGrant.generationId),
  );
  await server.start();
  await Promise.all(forgotten);
  await world.settle();
  expect(await world.redis.exists(world.keys.presence('h/d7'))).toBe(0);
});

test('while Redis is away nobody is let in, and whoever leaves is released afterwards', async () => {
  const device = await gateway.connect('d1');
  server.signal('SIGSTOP');
  device.leave();
  await expect(gateway.connect('d2')).rejects.toMatchObject({ code: 'ServiceUnavailable' });
  server.signal('SIGCONT');
  await world.settle();
  expect((await eventsOf('d1')).at(-1)).toContain('deviceDisconnected connection-lost');
  // The claim without an answer came through after all, and was withdrawn.
  expect((await eventsOf('d2')).map((event) => event.slice(65))).toEqual([
    'deviceConnected connect',
    'deviceDisconnected connection-lost',
  ]);
  expect(await holderOf('d2')).toBeNull();
});
