import { beforeEach, describe, expect, test } from '@jest/globals';
import { HubAdministration } from './hub-administration.js';
import { nothingChosen } from './hub-content.js';
import { InMemoryHubStore } from './hub-store.fake.js';
import { HubUpdates, type FixedMembers, type HubUpdate } from './hub-updates.js';
import { hubRequest, sampleSources } from './samples.fake.js';
import { InMemoryTelemetryTopics } from './telemetry-topics.fake.js';

let store: InMemoryHubStore;
let topics: InMemoryTelemetryTopics;
let administration: HubAdministration;
let updates: HubUpdates;

beforeEach(async () => {
  store = new InMemoryHubStore();
  topics = new InMemoryTelemetryTopics();
  const { generateKey } = sampleSources();
  administration = new HubAdministration({ store, topics, generateKey, defaultDomain: 'net' });
  updates = new HubUpdates({ store, administration, generateKey });
  await administration.create(hubRequest());
});

const nothingNamed: FixedMembers = {
  subscriptionId: undefined,
  resourceGroup: undefined,
  location: undefined,
  hostNames: undefined,
  partitionCount: undefined,
};

function update(members: Partial<HubUpdate> = {}): HubUpdate {
  return {
    ...nothingChosen,
    fixed: nothingNamed,
    ifMatch: undefined,
    retentionDays: undefined,
    ...members,
  };
}

const tagged = (tags: Record<string, string>): HubUpdate =>
  update({ settings: { ...nothingChosen.settings, tags } });

describe('changing a hub', () => {
  test('what is named is another, the rest stays, and the tag is new', async () => {
    const before = await administration.get('hub1');
    const after = await updates.update('HUB1', tagged({ a: '1' }));
    expect(after).toEqual({
      ...before,
      settings: { ...before.settings, tags: { a: '1' } },
      etag: expect.not.stringMatching(before.etag),
    });
    expect(await administration.get('hub1')).toEqual(after);
  });

  test('that names nothing, or what is so, changes nothing and tells of nothing', async () => {
    const before = await administration.get('hub1');
    const policies = await administration.listPolicies('hub1');
    const { name, subscriptionId, resourceGroup, location, hostNames, partitionCount } = before;
    const same = update({
      fixed: {
        subscriptionId: subscriptionId.toUpperCase(),
        resourceGroup: resourceGroup.toUpperCase(),
        location: location.toUpperCase(),
        hostNames,
        partitionCount,
      },
      retentionDays: before.retentionDays,
      policies: [...policies].reverse(),
      keptJson: JSON.stringify(before.kept),
    });
    expect(await updates.update(name, update())).toEqual(before);
    expect(await updates.update(name, same)).toEqual(before);
    expect(store.changes).toEqual([]);
  });

  test.each<Partial<FixedMembers>>([
    { subscriptionId: 'other' },
    { resourceGroup: 'other' },
    { location: 'elsewhere' },
    { hostNames: ['other.example.net'] },
    { partitionCount: 8 },
  ])('security-limits 39: %j is refused', async (members) => {
    const fixed = { ...nothingNamed, ...members };
    await expect(updates.update('hub1', update({ fixed }))).rejects.toMatchObject({
      code: 'GenericConflict',
      message: expect.stringMatching(
        new RegExp(
          `^The hub hub1 has another ${Object.keys(members)[0]} \\(it has .+; asked for: ` +
            `${String(Object.values(members)[0])}\\), which never changes.$`,
        ),
      ),
    });
  });

  test('holds to the entity tag', async () => {
    const { etag } = await administration.get('hub1');
    await updates.update('hub1', { ...tagged({ a: '1' }), ifMatch: etag });
    await expect(
      updates.update('hub1', { ...tagged({ a: '2' }), ifMatch: etag }),
    ).rejects.toMatchObject({ code: 'PreconditionFailed' });
    const { settings } = await updates.update('hub1', { ...tagged({ a: '3' }), ifMatch: '*' });
    expect(settings.tags).toEqual({ a: '3' });
  });

  test('that is refused in one point does nothing', async () => {
    const before = await administration.get('hub1');
    const policies = await administration.listPolicies('hub1');
    const refused = { ...tagged({ a: '1' }), policies: [], retentionDays: 8 };
    await expect(updates.update('hub1', refused)).rejects.toMatchObject({
      code: 'ArgumentInvalid',
    });
    expect(await administration.get('hub1')).toEqual(before);
    expect(await administration.listPolicies('hub1')).toEqual(policies);
    expect(store.changes).toEqual([]);
  });

  test('of a hub that there is not is refused', async () => {
    await expect(updates.update('nobody', update())).rejects.toMatchObject({
      code: 'GenericNotFound',
    });
  });

  test('of a hub that goes is refused', async () => {
    await store.markDeleting('hub1');
    await expect(updates.update('hub1', update())).rejects.toMatchObject({
      code: 'OperationNotAllowedInCurrentState',
    });
  });

  test('finishes a hub that is half made first', async () => {
    topics.isDown = true;
    const half = hubRequest({ name: 'half', hostNames: ['half'] });
    await administration.create(half).catch(() => undefined);
    topics.isDown = false;
    expect(await updates.update('half', tagged({ a: '1' }))).toMatchObject({
      state: 'active',
      settings: { tags: { a: '1' } },
    });
  });
});

describe('another retention', () => {
  test('reaches the topic', async () => {
    const hub = await updates.update('hub1', update({ retentionDays: 7 }));
    expect(hub).toMatchObject({ retentionDays: 7, isTopicOutdated: false });
    expect(topics.retentions.get('events.hub1')).toBe(7);
    expect(await administration.listUnfinished()).toEqual([]);
  });

  test('reaches the topic later when the log is away', async () => {
    topics.isDown = true;
    await expect(updates.update('hub1', update({ retentionDays: 7 }))).rejects.toMatchObject({
      code: 'ServiceUnavailable',
    });
    topics.isDown = false;
    expect(await administration.get('hub1')).toMatchObject({ retentionDays: 7 });
    expect(await administration.listUnfinished()).toEqual(['hub1']);

    await administration.finish('hub1');

    expect(topics.retentions.get('events.hub1')).toBe(7);
    expect(await administration.listUnfinished()).toEqual([]);
  });
});

describe('policies', () => {
  test('a key that is replaced, and no other, ends what it opened', async () => {
    const before = await administration.listPolicies('hub1');
    const device = await updates.regenerateKey('hub1', { policyName: 'Device', side: 'primary' });
    const [stored, ...others] = before;
    expect(device).toEqual({ ...stored, primaryKey: device.primaryKey });
    expect(device.primaryKey).not.toBe(stored?.primaryKey);
    expect(await administration.listPolicies('hub1')).toEqual([device, ...others]);
    expect(store.changes).toMatchObject([
      { kind: 'hubUpdated', revokedCredentialIds: [expect.stringMatching(/^policy\/device\//)] },
    ]);
  });

  test('keys that change places end nothing', async () => {
    const policies = (await administration.listPolicies('hub1')).map((policy) => ({
      ...policy,
      primaryKey: policy.secondaryKey,
      secondaryKey: policy.primaryKey,
    }));
    await updates.update('hub1', update({ policies }));
    expect(await administration.listPolicies('hub1')).toEqual(policies);
    expect(store.changes).toMatchObject([{ revokedCredentialIds: [] }]);
  });

  test('a policy that is gone cannot be regenerated', async () => {
    await updates.update('hub1', update({ policies: [] }));
    await expect(
      updates.regenerateKey('hub1', { policyName: 'device', side: 'secondary' }),
    ).rejects.toMatchObject({ code: 'GenericNotFound' });
  });

  test('all may go, and others come again', async () => {
    await updates.update('hub1', update({ policies: [] }));
    expect(await administration.listPolicies('hub1')).toEqual([]);
    const keys = { primaryKey: undefined, secondaryKey: undefined };
    await updates.update('hub1', update({ policies: [{ name: 'new', rights: 15, ...keys }] }));
    expect(await administration.listPolicies('hub1')).toMatchObject([{ name: 'new', rights: 15 }]);
  });
});

test('a switch that is turned ends what came by it', async () => {
  const settings = { ...nothingChosen.settings, disableLocalAuth: true, disableDeviceSas: true };
  await updates.update('hub1', update({ settings }));
  const [change] = store.changes;
  expect(change).toMatchObject({
    kind: 'hubUpdated',
    revokedCredentialIds: expect.arrayContaining(['local-auth', 'device-sas']),
    settings: { disableLocalAuth: true, disableDeviceSas: true, disableModuleSas: false },
  });
});
