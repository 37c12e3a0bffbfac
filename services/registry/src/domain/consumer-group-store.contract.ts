import { randomUUID } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { hubDefinition, samplePolicies } from './samples.fake.js';
import type { Stores } from './stores.fake.js';

/** What every store of consumer groups promises. */
export function consumerGroupStoreContract(name: string, stores: () => Stores): void {
  describe(`${name} keeps the contract of a store of consumer groups`, () => {
    const newHub = async (): Promise<string> => {
      const hub = `Hub-${randomUUID().slice(0, 18)}`;
      await stores().hubs.insert(hubDefinition(hub), samplePolicies);
      return hub;
    };
    const groups = () => stores().consumerGroups;

    test('lists what was inserted, by name and in its letter case', async () => {
      const hub = await newHub();
      for (const group of ['b', 'C', 'a']) {
        expect(await groups().insert(hub, group, 19)).toBe(true);
      }
      expect(await groups().list(hub.toUpperCase())).toEqual(['a', 'b', 'C']);
    });

    test('a group of the name, in any letter case, is there already', async () => {
      const hub = await newHub();
      await groups().insert(hub, 'Mine', 1);
      expect(await groups().insert(hub, 'mine', 1)).toBe(false);
      expect(await groups().list(hub)).toEqual(['Mine']);
    });

    test('of many at once no more than the limit get in', async () => {
      const hub = await newHub();
      const attempts = await Promise.allSettled(
        Array.from({ length: 8 }, (_, index) => groups().insert(hub, `g${index}`, 3)),
      );
      const refused = attempts.filter(({ status }) => status === 'rejected');
      expect(refused).toHaveLength(5);
      for (const refusal of refused) {
        expect(refusal).toMatchObject({ reason: { code: 'ArgumentInvalid' } });
      }
      expect(await groups().list(hub)).toHaveLength(3);
    });

    test('deletes one, and says when there was none', async () => {
      const hub = await newHub();
      await groups().insert(hub, 'Mine', 19);
      await groups().insert(hub, 'other', 19);
      expect(await groups().delete(hub, 'MINE')).toBe(true);
      expect(await groups().delete(hub, 'Mine')).toBe(false);
      expect(await groups().list(hub)).toEqual(['other']);
    });

    test('a hub has none of another, nor of an earlier one of its name', async () => {
      const [one, two] = [await newHub(), await newHub()];
      await groups().insert(one, 'mine', 19);
      expect(await groups().list(two)).toEqual([]);
      expect(await groups().delete(two, 'mine')).toBe(false);

      await stores().hubs.markDeleting(one);
      await stores().hubs.purge(one);
      await expect(groups().list(one)).rejects.toMatchObject({ code: 'GenericNotFound' });
      await stores().hubs.insert(hubDefinition(one), samplePolicies);
      expect(await groups().list(one)).toEqual([]);
    });

    test.each(['nobody', 'no\0body'])('there is no hub %j', async (hub) => {
      const refusal = { code: 'GenericNotFound' };
      await expect(groups().list(hub)).rejects.toMatchObject(refusal);
      await expect(groups().insert(hub, 'g', 19)).rejects.toMatchObject(refusal);
      await expect(groups().delete(hub, 'g')).rejects.toMatchObject(refusal);
    });
  });
}
