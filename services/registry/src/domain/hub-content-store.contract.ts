import { randomUUID } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import type { HubContent } from './hub-content.js';
import { changeKeptProperties } from './kept-properties.js';
import { hubDefinition, sampleKeys, samplePolicies } from './samples.fake.js';
import type { Stores } from './stores.fake.js';

/** What every store of what may change of a hub promises. */
export function hubContentStoreContract(name: string, stores: () => Stores): void {
  describe(`${name} keeps the contract of a store of hubs' contents`, () => {
    const newHub = async (): Promise<string> => {
      const hub = `Hub-${randomUUID().slice(0, 18)}`;
      await stores().hubs.insert(hubDefinition(hub), samplePolicies);
      await stores().hubs.activate(hub);
      return hub;
    };
    const changesOf = async (hub: string) =>
      (await stores().changes()).filter((change) => change.hub === hub);

    const policy = {
      name: 'Mine',
      rights: 12,
      primaryKey: sampleKeys[3],
      secondaryKey: sampleKeys[2],
    };
    const changed = (content: HubContent): HubContent => ({
      retentionDays: 7,
      settings: {
        tags: { place: 'Köln', 'a b': '' },
        limits: { sku: 'B3', units: 10, unlimited: true },
        disableLocalAuth: true,
        disableDeviceSas: true,
        disableModuleSas: true,
        ipFilterRules: [
          { filterName: 'one', action: 'Accept', ipMask: '10.0.0.0/8' },
          { filterName: 'all', action: 'Reject', ipMask: '0.0.0.0/0' },
        ],
        minTlsVersion: '1.2',
      },
      kept: changeKeptProperties(
        content.kept,
        '{"comments":"AccountKey=\\u0000","features":"None"}',
      ),
      policies: [policy],
    });

    test('keeps all that changes, under a new tag', async () => {
      const hub = await newHub();
      const before = (await stores().hubs.find(hub))!;

      const after = await stores().contents.update(hub.toUpperCase(), (_hub, content) =>
        changed(content),
      );

      const { policies, ...rest } = changed({ ...before, policies: [] });
      expect(after).toEqual({
        ...before,
        ...rest,
        isTopicOutdated: true,
        etag: expect.not.stringMatching(before.etag),
      });
      expect(await stores().hubs.find(hub)).toEqual(after);
      expect(await stores().hubs.listPolicies(hub)).toEqual(policies);
    });

    test('shows who decides what is stored', async () => {
      const hub = await newHub();
      await stores().contents.update(hub, (_hub, content) => changed(content));
      const stored = await stores().hubs.find(hub);

      await stores().contents.update(hub, (shown, content) => {
        expect(shown).toEqual(stored);
        expect(content).toMatchObject(changed(content));
        return undefined;
      });
    });

    test('tells of each change, with what holds now and which credentials ended', async () => {
      const hub = await newHub();
      const hubGeneration = (await stores().hubs.find(hub))?.hubGeneration;
      const keptJson = JSON.stringify({ cloudToDevice: { defaultTtlAsIso8601: 'PT2H' } });
      await stores().contents.update(hub, (_hub, content) => ({
        ...content,
        policies: [samplePolicies[0]!],
        settings: { ...content.settings, limits: { sku: 'S2', units: 3, unlimited: false } },
        kept: changeKeptProperties(content.kept, keptJson),
      }));

      const [change, ...others] = await changesOf(hub);
      expect(others).toEqual([]);
      expect(change).toMatchObject({
        kind: 'hubUpdated',
        hub,
        hubGeneration,
        cloudToDevice: { defaultTtlSeconds: 7_200, maxDeliveryCount: 10 },
      });
      const { revokedCredentialIds } = change as unknown as { revokedCredentialIds: string[] };
      expect(revokedCredentialIds).toHaveLength(2);
      expect(revokedCredentialIds.every((id) => /^policy\/device\//i.test(id))).toBe(true);
    });

    test('nothing is written where nothing is decided, and where it throws', async () => {
      const hub = await newHub();
      const before = await stores().hubs.find(hub);

      await stores().contents.update(hub, () => undefined);
      const refusal = new Error('no');
      await expect(
        stores().contents.update(hub, () => {
          throw refusal;
        }),
      ).rejects.toBe(refusal);

      expect(await stores().hubs.find(hub)).toEqual(before);
      expect(await changesOf(hub)).toEqual([]);
    });

    test('all policies may go', async () => {
      const hub = await newHub();
      await stores().contents.update(hub, (_hub, content) => ({ ...content, policies: [] }));
      expect(await stores().hubs.listPolicies(hub)).toEqual([]);
    });

    test('of many that change a hub at once none is lost', async () => {
      const hub = await newHub();
      const tags = Array.from({ length: 8 }, (_, index) => `t${index}`);
      await Promise.all(
        tags.map((tag) =>
          stores().contents.update(hub, (_hub, content) => {
            const { settings } = content;
            return { ...content, settings: { ...settings, tags: { ...settings.tags, [tag]: '' } } };
          }),
        ),
      );
      const { settings } = (await stores().hubs.find(hub))!;
      expect(Object.keys(settings.tags).sort()).toEqual(tags);
    });

    test('a topic is outdated until it keeps telemetry as long as the hub says', async () => {
      const hub = await newHub();
      const setRetention = (retentionDays: number) =>
        stores().contents.update(hub, (_hub, content) => ({ ...content, retentionDays }));
      const isOutdated = async () => (await stores().hubs.find(hub))?.isTopicOutdated;

      await setRetention(3);
      await setRetention(5);
      const unfinished = await stores().hubs.listUnfinished(1_000);
      expect(unfinished.map((each) => each.name)).toContain(hub);
      await stores().hubs.confirmRetention(hub, 3);
      expect(await isOutdated()).toBe(true);
      await stores().hubs.confirmRetention(hub.toLowerCase(), 5);
      expect(await isOutdated()).toBe(false);
    });

    test.each(['nobody', 'no\0body'])('there is no hub %j', async (hub) => {
      await expect(stores().contents.update(hub, () => undefined)).rejects.toMatchObject({
        code: 'GenericNotFound',
      });
    });
  });
}
