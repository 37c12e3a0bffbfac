import { randomUUID } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import type { EventReader, ReaderClaims, ReaderPlace } from './reader-claims.js';

/** Gateways that share one store. */
export interface ReaderWorld {
  /** One that runs, reached at `{gatewayId}:7400`. */
  gateway(gatewayId: string): Promise<ReaderClaims>;
  /** It is found dead. */
  lose(gatewayId: string): Promise<void>;
  /** Forgets who reads what. */
  forget(place: ReaderPlace): Promise<void>;
}

const reader = (epoch?: bigint, name = 'r'): EventReader => ({ id: randomUUID(), name, epoch });
const taken = { kind: 'taken', former: [] };

/** What every store of claims promises (amqp.md section 9.5). */
export function readerClaimsContract(name: string, open: () => Promise<ReaderWorld>): void {
  describe(`${name} keeps the contract of claims of readers`, () => {
    const newPlace = (): ReaderPlace => ({
      ...{ hub: 'h', hubGeneration: '7', consumerGroup: '$Default', partition: 0 },
      hub: `h-${randomUUID()}`,
    });

    test('five readers without epoch share a place; a sixth finds none until one leaves', async () => {
      const world = await open();
      const [one, two] = [await world.gateway('g1'), await world.gateway('g2')];
      const place = newPlace();
      const sharing = Array.from({ length: 5 }, () => reader());
      for (const [index, each] of sharing.entries()) {
        expect(await (index % 2 === 0 ? one : two).claim(place, each)).toEqual(taken);
      }
      expect(await two.claim(place, reader())).toEqual({ kind: 'too-many' });
      await one.release(place, sharing[0]!.id);
      expect(await two.claim(place, reader())).toEqual(taken);
    });

    test.each([
      [0n, 0n],
      [9n, 10n],
      [99n, 9_223_372_036_854_775_807n],
    ])('epoch %d gives way to %d, on whatever gateway', async (former, newer) => {
      const world = await open();
      const [one, two] = [await world.gateway('g1'), await world.gateway('g2')];
      const place = newPlace();
      const old = reader(former);
      await one.claim(place, old);

      expect(await two.claim(place, reader(newer))).toEqual({
        kind: 'taken',
        former: [{ id: old.id, gatewayId: 'g1', address: 'g1:7400' }],
      });
      expect(await one.keep(place, old)).toBe(false);
    });

    test.each([[9n], [0n], [undefined]])('epoch 10 does not give way to %p', async (epoch) => {
      const world = await open();
      const one = await world.gateway('g1');
      const place = newPlace();
      const holder = reader(10n, 'with|bar');
      await one.claim(place, holder);

      expect(await one.claim(place, reader(epoch))).toEqual({
        ...{ kind: 'epoch-exists', name: 'with|bar', epoch: 10n },
      });
      expect(await one.keep(place, holder)).toBe(true);
    });

    test('a reader with epoch takes the place of all that have none', async () => {
      const world = await open();
      const one = await world.gateway('g1');
      const place = newPlace();
      const sharing = [reader(), reader(), reader()];
      for (const each of sharing) {
        await one.claim(place, each);
      }
      const answer = await one.claim(place, reader(0n));

      const former = sharing.map(({ id }) => ({ id, gatewayId: 'g1', address: 'g1:7400' }));
      expect(answer.kind === 'taken' && new Set(answer.former)).toEqual(new Set(former));
    });

    test('places are apart by hub, generation, consumer group and partition', async () => {
      const world = await open();
      const one = await world.gateway('g1');
      const place = newPlace();
      await one.claim(place, reader(5n));

      for (const other of [
        { ...place, hub: `${place.hub}x` },
        { ...place, hubGeneration: '8' },
        { ...place, consumerGroup: 'other' },
        { ...place, partition: 1 },
      ]) {
        expect(await one.claim(other, reader(0n))).toEqual(taken);
      }
      expect((await one.claim({ ...place, consumerGroup: '$default' }, reader(0n))).kind).toBe(
        'epoch-exists',
      );
    });

    test('readers of a gateway that is gone do not count', async () => {
      const world = await open();
      const [gone, two] = [await world.gateway('gone'), await world.gateway('g2')];
      const place = newPlace();
      await gone.claim(place, reader(10n));
      await world.lose('gone');

      expect(await two.claim(place, reader())).toEqual(taken);
    });

    test('what was forgotten is taken back, unless another has it by now', async () => {
      const world = await open();
      const one = await world.gateway('g1');
      const place = newPlace();
      const [first, second] = [reader(3n), reader(3n)];
      await one.claim(place, first);
      await world.forget(place);
      expect(await one.keep(place, first)).toBe(true);
      await world.forget(place);
      await one.claim(place, second);

      expect(await one.keep(place, first)).toBe(false);
      expect(await one.keep(place, second)).toBe(true);
    });
  });
}
