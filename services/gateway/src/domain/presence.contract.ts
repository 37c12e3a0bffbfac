import { randomUUID } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import type { HubError } from '@linchpin/wire';
import type { HeldIdentity, Presence, PresenceClaim } from './presence.js';
import type { ConnectionStateEvent } from './relay-connection-events.js';

/** Several gateways over one store. */
export interface PresenceWorld {
  gateway(gatewayId: string): Presence;
  /** Resolves when every release has counted. */
  settle(): Promise<void>;
  /** All that were written, in their order. */
  events(): Promise<readonly ConnectionStateEvent[]>;
}

const generation = '638900000000000001';
const laterGeneration = '638900000000000002';

function newDevice(): string {
  return `d-${randomUUID()}`;
}

function held(deviceId: string, connectionId: string, generationId = generation): HeldIdentity {
  return { hub: 'h', hubGeneration: '7', identity: { deviceId }, generationId, connectionId };
}

function claimOf(who: HeldIdentity, cleanSession = false): PresenceClaim {
  return { ...who, cleanSession };
}

/** What a store of presence promises. */
export function presenceContract(name: string, start: () => Promise<PresenceWorld>): void {
  describe(`${name} keeps the contract of presence`, () => {
    async function eventsOf(world: PresenceWorld, deviceId: string) {
      await world.settle();
      const events = (await world.events()).filter(
        ({ identity }) => identity.deviceId === deviceId,
      );
      const numbers = events.map(({ sequenceNumber }) => sequenceNumber);
      expect(numbers).toEqual([...new Set(numbers)].sort());
      return events.map(({ type, cause }) => `${type} ${cause}`);
    }

    test('the first claim finds nobody and no session', async () => {
      const world = await start();
      const device = newDevice();
      expect(await world.gateway('g1').claim(claimOf(held(device, 'c1')))).toEqual({
        former: undefined,
        sequence: expect.any(String),
        sessionPresent: false,
        subscriptions: new Map(),
      });
      expect(await eventsOf(world, device)).toEqual(['deviceConnected connect']);
    });

    test('the events of a connection say the model that it announced', async () => {
      const world = await start();
      const device = newDevice();
      const gateway = world.gateway('g1');
      const modelId = 'dtmi:com:example:Thermostat;1';
      const announcing = { ...held(device, 'c1'), modelId };
      await gateway.claim(claimOf(announcing));
      await gateway.claim(claimOf(held(device, 'c2')));
      gateway.release(held(device, 'c2'), 'connection-lost', true);
      await world.settle();
      expect(await gateway.reclaim(announcing)).toBe('restored');
      const events = (await world.events()).filter(({ identity }) => identity.deviceId === device);
      expect(events.map((event) => `${event.type} ${event.modelId ?? '-'}`)).toEqual([
        `deviceConnected ${modelId}`,
        `deviceDisconnected ${modelId}`,
        'deviceConnected -',
        'deviceDisconnected -',
        `deviceConnected ${modelId}`,
      ]);
    });

    test('a newcomer learns whom it pushes out, and the former cannot release it', async () => {
      const world = await start();
      const device = newDevice();
      const [one, two] = [world.gateway('g1'), world.gateway('g2')];
      await one.claim(claimOf(held(device, 'c1')));
      const { former } = await two.claim(claimOf(held(device, 'c2')));
      expect(former).toMatchObject({ gatewayId: 'g1', connectionId: 'c1' });
      one.release(held(device, 'c1'), 'connection-lost', true);
      expect(await eventsOf(world, device)).toEqual([
        'deviceConnected connect',
        'deviceDisconnected takeover',
        'deviceConnected connect',
      ]);
    });

    test('a release tells its cause, once', async () => {
      const world = await start();
      const device = newDevice();
      const gateway = world.gateway('g1');
      await gateway.claim(claimOf(held(device, 'c1')));
      gateway.release(held(device, 'c1'), 'keep-alive-timeout', true);
      gateway.release(held(device, 'c1'), 'connection-lost', true);
      expect(await eventsOf(world, device)).toEqual([
        'deviceConnected connect',
        'deviceDisconnected keep-alive-timeout',
      ]);
      expect((await gateway.claim(claimOf(held(device, 'c2')))).former).toBeUndefined();
    });

    test('a claim that is made twice counts once and has the same answer', async () => {
      const world = await start();
      const device = newDevice();
      const gateway = world.gateway('g1');
      await gateway.claim(claimOf(held(device, 'c1')));
      const first = await gateway.claim(claimOf(held(device, 'c2')));
      const { former, sequence } = await gateway.claim(claimOf(held(device, 'c2')));
      expect([former, sequence]).toEqual([first.former, first.sequence]);
      expect(await eventsOf(world, device)).toHaveLength(3);
    });

    test('a claim that is withdrawn says whom it had pushed out', async () => {
      const world = await start();
      const device = newDevice();
      const gateway = world.gateway('g1');
      const withdrawn = held(device, randomUUID());
      await gateway.claim(claimOf(held(device, 'c1')));
      await gateway.claim(claimOf(withdrawn));
      expect(await gateway.withdraw(withdrawn, true)).toMatchObject({
        gatewayId: 'g1',
        connectionId: 'c1',
      });
      expect(await gateway.withdraw(withdrawn, true)).toBeUndefined();
      expect((await eventsOf(world, device)).at(-1)).toBe('deviceDisconnected connection-lost');
    });

    test('a claim that the store comes to after its withdrawal does not count', async () => {
      const world = await start();
      const device = newDevice();
      const gateway = world.gateway('g1');
      const withdrawn = held(device, randomUUID());
      await gateway.claim(claimOf(held(device, 'c1')));
      await gateway.withdraw(withdrawn, true);
      await expect(gateway.claim(claimOf(withdrawn))).rejects.toMatchObject({
        code: 'ServiceUnavailable' satisfies HubError['code'],
      });
      const { former } = await gateway.claim(claimOf(held(device, 'c3')));
      expect(former?.connectionId).toBe('c1');
    });

    test('a later connection has a greater sequence, whatever came between', async () => {
      const world = await start();
      const device = newDevice();
      const [one, two] = [world.gateway('g1'), world.gateway('g2')];
      const sequences: string[] = [];
      const claim = async (gateway: Presence, who: HeldIdentity): Promise<void> => {
        sequences.push((await gateway.claim(claimOf(who))).sequence);
      };
      await claim(one, held(device, 'c1'));
      await claim(two, held(device, 'c2'));
      two.release(held(device, 'c2'), 'connection-lost', true);
      await world.settle();
      await claim(one, held(device, 'c3'));
      for (let index = 4; index < 20; index++) {
        await claim(two, held(device, `c${index}`));
      }
      await claim(one, held(device, 'anew', laterGeneration));
      expect(sequences).toEqual([...new Set(sequences)].sort());
    });

    test('the sequence of a connection is the number of its event', async () => {
      const world = await start();
      const device = newDevice();
      const { sequence } = await world.gateway('g1').claim(claimOf(held(device, 'c1')));
      const [event] = (await world.events()).filter(({ identity }) => identity.deviceId === device);
      expect(sequence).toBe(event?.sequenceNumber);
    });

    test('devices, modules and hubs are apart, and letter case counts', async () => {
      const world = await start();
      const gateway = world.gateway('g1');
      const device = newDevice();
      const device1 = held(device, 'c1');
      const others: HeldIdentity[] = [
        { ...device1, connectionId: 'c2', identity: { deviceId: device, moduleId: 'm' } },
        { ...device1, connectionId: 'c3', identity: { deviceId: device, moduleId: 'n' } },
        { ...device1, connectionId: 'c4', identity: { deviceId: device.toUpperCase() } },
        { ...device1, connectionId: 'c5', hub: 'other' },
      ];
      await gateway.claim(claimOf(device1));
      for (const other of others) {
        expect((await gateway.claim(claimOf(other))).former).toBeUndefined();
      }
    });

    test('what is subscribed to outlives the connection, at its last QoS, on every gateway', async () => {
      const world = await start();
      const device = newDevice();
      const [one, two] = [world.gateway('g1'), world.gateway('g2')];
      const who = held(device, 'c1');
      await one.claim(claimOf(who));
      await one.subscribe(
        who,
        new Map([
          ['a/#', 0],
          ['b', 1],
          ['c', 1],
        ]),
      );
      await one.subscribe(who, new Map([['a/#', 1]]));
      await one.unsubscribe(who, ['b', 'unknown']);
      one.release(who, 'connection-lost', true);
      await world.settle();
      const grant = await two.claim(claimOf(held(device, 'c2')));
      expect(grant.sessionPresent).toBe(true);
      expect(Object.fromEntries(grant.subscriptions)).toEqual({ 'a/#': 1, c: 1 });
    });

    test('device-mqtt 21: CleanSession forgets what was kept and keeps nothing itself', async () => {
      const world = await start();
      const device = newDevice();
      const gateway = world.gateway('g1');
      await gateway.claim(claimOf(held(device, 'c1')));
      await gateway.subscribe(held(device, 'c1'), new Map([['a', 0]]));
      const clean = await gateway.claim(claimOf(held(device, 'c2'), true));
      expect([clean.sessionPresent, clean.subscriptions.size]).toEqual([false, 0]);
      gateway.release(held(device, 'c2'), 'client-disconnect', false);
      await world.settle();
      const next = await gateway.claim(claimOf(held(device, 'c3')));
      expect([next.sessionPresent, next.subscriptions.size]).toEqual([false, 0]);
    });

    test('a session without subscriptions is a session', async () => {
      const world = await start();
      const device = newDevice();
      const gateway = world.gateway('g1');
      await gateway.claim(claimOf(held(device, 'c1')));
      expect((await gateway.claim(claimOf(held(device, 'c2')))).sessionPresent).toBe(true);
    });

    test('an identity that was created anew inherits nothing, and the old one cannot come back', async () => {
      const world = await start();
      const device = newDevice();
      const gateway = world.gateway('g1');
      await gateway.claim(claimOf(held(device, 'c1')));
      await gateway.subscribe(held(device, 'c1'), new Map([['a', 0]]));
      const anew = await gateway.claim(claimOf(held(device, 'c2', laterGeneration)));
      expect(anew.former?.connectionId).toBe('c1');
      expect([anew.sessionPresent, anew.subscriptions.size]).toEqual([false, 0]);
      await expect(gateway.claim(claimOf(held(device, 'c3')))).rejects.toMatchObject({
        code: 'DeviceNotFound' satisfies HubError['code'],
      });
      await gateway.subscribe(held(device, 'c1'), new Map([['old', 0]]));
      gateway.release(held(device, 'c2', laterGeneration), 'connection-lost', true);
      await world.settle();
      expect(await gateway.reclaim(held(device, 'c1'))).toBe('lost');
      const again = await gateway.claim(claimOf(held(device, 'c4', laterGeneration)));
      expect(again.subscriptions.size).toBe(0);
      await eventsOf(world, device);
    });

    test('a hold is taken back only when nobody has it', async () => {
      const world = await start();
      const device = newDevice();
      const [one, two] = [world.gateway('g1'), world.gateway('g2')];
      await one.claim(claimOf(held(device, 'c1')));
      expect(await one.reclaim(held(device, 'c1'))).toBe('kept');
      one.release(held(device, 'c1'), 'connection-lost', true);
      await world.settle();
      expect(await one.reclaim(held(device, 'c1'))).toBe('restored');
      await two.claim(claimOf(held(device, 'c2')));
      expect(await one.reclaim(held(device, 'c1'))).toBe('lost');
      expect(await eventsOf(world, device)).toEqual([
        'deviceConnected connect',
        'deviceDisconnected connection-lost',
        'deviceConnected connect',
        'deviceDisconnected takeover',
        'deviceConnected connect',
      ]);
    });

    test('a gateway ends those of its holds that it knows nothing of', async () => {
      const world = await start();
      const [known, unknown, elsewhere] = [newDevice(), newDevice(), newDevice()];
      const [one, two] = [world.gateway('g1'), world.gateway('g2')];
      await one.claim(claimOf(held(known, 'known')));
      await one.claim(claimOf(held(unknown, 'unknown')));
      await two.claim(claimOf(held(elsewhere, 'elsewhere')));
      await one.releaseUnknown((connectionId) => connectionId === 'known');
      expect(await eventsOf(world, known)).toHaveLength(1);
      expect(await eventsOf(world, elsewhere)).toHaveLength(1);
      expect(await eventsOf(world, unknown)).toEqual([
        'deviceConnected connect',
        'deviceDisconnected connection-lost',
      ]);
    });
  });
}
