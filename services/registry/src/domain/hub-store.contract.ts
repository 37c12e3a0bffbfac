import { randomUUID } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { defaultChoice } from './hub-content.js';
import { hubDefinition, samplePolicies } from './samples.fake.js';
import type { Stores } from './stores.fake.js';

/** What every store of hubs promises. Each test has hubs of its own names. */
export function hubStoreContract(name: string, stores: () => Stores): void {
  describe(`${name} keeps the contract of a hub store`, () => {
    const newName = (): string => `Hub-${randomUUID().slice(0, 18)}`;

    test('keeps a hub as it was defined, found by name in any letter case', async () => {
      const hub = hubDefinition(newName(), {
        hostNames: [`z-${newName().toLowerCase()}`, `a-${newName().toLowerCase()}`],
        partitionCount: 32,
        retentionDays: 7,
      });

      expect(await stores().hubs.insert(hub, samplePolicies)).toBe(true);

      const stored = {
        ...hub,
        ...defaultChoice,
        isTopicOutdated: false,
        state: 'activating',
        hubGeneration: expect.stringMatching(/^\d+$/),
        etag: expect.stringMatching(/^[A-Za-z0-9+/=]+$/),
      };
      expect(await stores().hubs.find(hub.name)).toEqual(stored);
      expect(await stores().hubs.find(hub.name.toUpperCase())).toEqual(stored);
      expect(await stores().hubs.listUnfinished(1_000)).toContainEqual(stored);
      expect(await stores().hubs.find('nobody')).toBeUndefined();
    });

    test('a second hub of the name changes nothing', async () => {
      const hub = hubDefinition(newName());
      await stores().hubs.insert(hub, samplePolicies);
      const first = await stores().hubs.find(hub.name);

      const another = { ...hub, name: hub.name.toLowerCase(), location: 'elsewhere' };
      expect(await stores().hubs.insert(another, [])).toBe(false);

      expect(await stores().hubs.find(hub.name)).toEqual(first);
      expect(await stores().hubs.listPolicies(hub.name)).toHaveLength(2);
    });

    test('a host name belongs to one hub, and who is refused leaves no trace', async () => {
      const owner = hubDefinition(newName());
      const other = hubDefinition(newName());
      await stores().hubs.insert(owner, samplePolicies);
      const [taken = ''] = owner.hostNames;

      const refused = { ...other, hostNames: [...other.hostNames, taken] };
      await expect(stores().hubs.insert(refused, samplePolicies)).rejects.toMatchObject({
        code: 'GenericConflict',
        message: `The host name ${taken} belongs to the hub ${owner.name}.`,
      });

      expect(await stores().hubs.find(other.name)).toBeUndefined();
      expect(await stores().hubs.insert(other, samplePolicies)).toBe(true);
    });

    test('of many that insert one hub at once, one does', async () => {
      const hub = hubDefinition(newName());
      const attempts = Array.from({ length: 8 }, () => stores().hubs.insert(hub, samplePolicies));
      const inserted = (await Promise.all(attempts)).filter((done) => done);
      expect(inserted).toHaveLength(1);
    });

    test('lists by name in pages', async () => {
      const names = ['b', 'A', 'c'].map((letter) => `${letter}-${newName()}`).sort();
      for (const each of names) {
        await stores().hubs.insert(hubDefinition(each), samplePolicies);
      }
      const sorted = [...names].sort((one, other) =>
        one.toLowerCase() < other.toLowerCase() ? -1 : 1,
      );
      const all = (await stores().hubs.list('', 1_000)).map((hub) => hub.name);
      expect(all.filter((each) => names.includes(each))).toEqual(sorted);
      const [second] = await stores().hubs.list(sorted[0]!.toUpperCase(), 1);
      expect(second?.name).toBe(all[all.indexOf(sorted[0]!) + 1]);
    });

    test('counts those of a subscription, in any letter case, the free ones apart', async () => {
      const subscriptionId = newName();
      const { settings } = defaultChoice;
      const limits = { ...settings.limits, sku: 'F1' } as const;
      const free = { ...defaultChoice, settings: { ...settings, limits } };
      for (const choice of [free, defaultChoice, defaultChoice]) {
        const hub = { ...hubDefinition(newName()), subscriptionId };
        await stores().hubs.insert(hub, samplePolicies, choice);
      }
      const { hubs } = stores();
      expect(await hubs.count(subscriptionId.toUpperCase())).toEqual({ free: 1, paid: 2 });
      expect(await hubs.count(newName())).toEqual({ free: 0, paid: 0 });
    });

    test('keeps policies with their keys, by name', async () => {
      const hub = hubDefinition(newName());
      await stores().hubs.insert(hub, samplePolicies);
      expect(await stores().hubs.listPolicies(hub.name.toUpperCase())).toEqual([
        samplePolicies[1],
        samplePolicies[0],
      ]);
      expect(await stores().hubs.listPolicies('nobody')).toEqual([]);
    });

    test('goes from activating to active to deleting to nothing, and never back', async () => {
      const hub = hubDefinition(newName());
      const state = async () => (await stores().hubs.find(hub.name))?.state;
      await stores().hubs.insert(hub, samplePolicies);
      await stores().hubs.purge(hub.name);
      expect(await state()).toBe('activating');
      await stores().hubs.activate(hub.name);
      const { etag } = (await stores().hubs.find(hub.name))!;
      await stores().hubs.activate(hub.name);
      expect(await stores().hubs.find(hub.name)).toMatchObject({ state: 'active', etag });
      await stores().hubs.purge(hub.name);
      expect(await state()).toBe('active');
      await stores().hubs.markDeleting(hub.name);
      await stores().hubs.activate(hub.name);
      expect(await state()).toBe('deleting');
      await stores().hubs.purge(hub.name);
      await stores().hubs.purge(hub.name);
      expect(await state()).toBeUndefined();
      expect(await stores().hubs.insert(hub, samplePolicies)).toBe(true);
    });

    test('tells once that a hub is deleted', async () => {
      const hub = hubDefinition(newName());
      await stores().hubs.insert(hub, samplePolicies);
      const { hubGeneration } = (await stores().hubs.find(hub.name))!;
      await stores().hubs.markDeleting(hub.name.toLowerCase());
      await stores().hubs.markDeleting(hub.name);
      const changes = (await stores().changes()).filter((change) => change.hub === hub.name);
      expect(changes).toEqual([{ kind: 'hubDeleted', hub: hub.name, hubGeneration }]);
    });

    test('lets one at a time work on a hub, and others work on others', async () => {
      const log: string[] = [];
      const [one, two] = [newName(), newName()];
      const work = (hub: string, label: string) =>
        stores().hubs.exclusively(hub, async () => {
          log.push(`${label} begins`);
          await stores().hubs.find(hub);
          log.push(`${label} ends`);
          return label;
        });
      const results = await Promise.all([work(one, 'a'), work(one.toUpperCase(), 'b')]);
      expect(results).toEqual(['a', 'b']);
      expect(log.map((line) => line.split(' ')[1])).toEqual(['begins', 'ends', 'begins', 'ends']);

      await stores().hubs.exclusively(one, () => work(two, 'c'));
      await expect(
        stores().hubs.exclusively(one, () => Promise.reject(new Error('lost'))),
      ).rejects.toThrow('lost');
      expect(await work(one, 'd')).toBe('d');
    });
  });
}
