import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { eventually, eventuallyPasses } from '@linchpin/testing';
import { startPresenceGateway, type PresenceGateway } from './support/presence-gateway.js';
import { openRedisWorld, type RedisWorld } from './support/presence-world.js';
import { RedisServer } from './support/redis-server.js';

let server: RedisServer;
/** Each gateway has a connection of its own. */
let worlds: RedisWorld[];
let gateways: PresenceGateway[];

beforeEach(async () => {
  server = await RedisServer.start();
  worlds = [];
  gateways = [];
});

afterEach(async () => {
  for (const { lease } of gateways) {
    await lease.stop();
  }
  for (const { close } of worlds) {
    await close();
  }
  await server.stop();
});

async function start(gatewayId: string): Promise<{ world: RedisWorld; gateway: PresenceGateway }> {
  const world = await openRedisWorld(server.url, 'test:');
  worlds.push(world);
  const gateway = await startPresenceGateway(world, gatewayId);
  gateways.push(gateway);
  return { world, gateway };
}

/** Resolves when the connection to Redis is given up. Not `once` of node:events: an error comes before. */
function closed({ redis }: RedisWorld): Promise<void> {
  return new Promise((resolve) => redis.once('close', resolve));
}

/** Of all devices, without their numbers: who, what, and why. */
async function events(): Promise<string[]> {
  const { redis, keys } = worlds[0]!;
  const entries = await redis.xrange(keys.events, '-', '+');
  return entries.map(([, fields]) => [fields[1], fields[9], fields[11]].join(' '));
}

test('what a lost gateway held is ended once, and taken back when it returns', async () => {
  const observer = await start('observer');
  const other = await start('other');
  const lost = await start('lost');
  // More than are swept in one step.
  const devices = Array.from({ length: 700 }, (_, index) => `d${index}`);
  await Promise.all(devices.map((device) => lost.gateway.connect(device)));
  await observer.gateway.connect('safe');
  await other.gateway.connect('safe too');

  lost.world.redis.disconnect();
  const { redis, keys } = observer.world;
  await eventually(async () => (await redis.hexists(keys.gateways, 'lost')) === 0);
  const ends = (await events()).filter((event) => event.includes('deviceDisconnected'));
  expect(ends.sort()).toEqual(
    devices.map((device) => `h/${device} deviceDisconnected gateway-lost`).sort(),
  );

  await other.gateway.connect('d7');
  await lost.world.redis.connect();
  await eventually(() => lost.gateway.reconciled === 1);
  expect(lost.gateway.table.all().filter(({ connection }) => connection.isEnded)).toMatchObject([
    { identity: { deviceId: 'd7' }, connection: { cause: 'takeover' } },
  ]);
  const again = (await events()).slice(702 + 700);
  expect(again.sort()).toEqual(
    devices.map((device) => `h/${device} deviceConnected connect`).sort(),
  );
  expect(await redis.hget(keys.gateways, 'lost')).toBe('lost.test:7400');
}, 60_000);

test('Redis standing still until leases have run out ends nothing that a living gateway holds', async () => {
  const one = await start('one');
  const two = await start('two');
  await one.gateway.connect('d1');
  await two.gateway.connect('d2');
  const { redis, keys } = one.world;
  await redis.pexpire(keys.lease('one'), 1);
  await redis.pexpire(keys.lease('two'), 1);
  server.signal('SIGSTOP');
  await Promise.all(worlds.map(closed));
  server.signal('SIGCONT');
  // From then on neither takes the other for lost.
  await eventuallyPasses(async () => {
    expect(await redis.exists(keys.lease('one'), keys.lease('two'))).toBe(2);
  });
  expect(await events()).toEqual(['h/d1 deviceConnected connect', 'h/d2 deviceConnected connect']);
}, 30_000);

test('a process that is given the id of a dead one ends what that one held', async () => {
  const dead = await start('same');
  await dead.gateway.connect('d1');
  dead.world.redis.disconnect();
  gateways.pop();
  worlds.pop();
  const heir = await start('same');
  expect(await events()).toEqual([
    'h/d1 deviceConnected connect',
    'h/d1 deviceDisconnected gateway-lost',
  ]);
  expect(await heir.world.redis.hget(heir.world.keys.gateways, 'same')).toBe('same.test:7400');
});

test('a gateway that stops leaves nothing behind but what its devices are', async () => {
  const { world, gateway } = await start('one');
  await gateway.connect('d1');
  await gateway.lease.stop();
  gateways.pop();
  const { redis, keys } = world;
  expect(await redis.exists(keys.gateways, keys.lease('one'), keys.held('one'))).toBe(0);
  expect((await events()).at(-1)).toBe('h/d1 deviceDisconnected gateway-lost');
});
