import { setImmediate as immediate } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { HubAdministration } from './hub-administration.js';
import { InMemoryHubStore } from './hub-store.fake.js';
import { hubDefinition, hubRequest, samplePolicies, sampleSources } from './samples.fake.js';
import { InMemoryTelemetryTopics } from './telemetry-topics.fake.js';

let store: InMemoryHubStore;
let topics: InMemoryTelemetryTopics;
let administration: HubAdministration;

beforeEach(() => {
  store = new InMemoryHubStore();
  topics = new InMemoryTelemetryTopics();
  const { generateKey } = sampleSources();
  administration = new HubAdministration({ store, topics, generateKey, defaultDomain: 'net' });
});

const conflict = (message: string) => ({ code: 'GenericConflict', message });

describe('creating a hub', () => {
  test('makes it, its topic and five policies with keys of their own, and then serves it', async () => {
    const { hub, created } = await administration.create(hubRequest({ partitionCount: 2 }));
    expect({ created, state: hub.state }).toEqual({ created: true, state: 'active' });
    expect(topics.topics).toEqual(new Map([['events.hub1', 2]]));
    const policies = await administration.listPolicies('hub1');
    expect(policies.map(({ name, rights }) => [name, rights])).toEqual([
      ['device', 8],
      ['iothubowner', 15],
      ['registryRead', 1],
      ['registryReadWrite', 3],
      ['service', 4],
    ]);
    const keys = policies.flatMap(({ primaryKey, secondaryKey }) => [primaryKey, secondaryKey]);
    expect(new Set(keys).size).toBe(10);
  });

  test('again with the same definition gives the same hub', async () => {
    const first = await administration.create(hubRequest());
    const policies = await administration.listPolicies('hub1');
    const again = await administration.create(
      hubRequest({ name: 'HUB1', resourceGroup: 'LOCAL', location: 'Here', partitionCount: 4 }),
    );
    expect(again).toEqual({ hub: first.hub, created: false });
    expect(await administration.listPolicies('hub1')).toEqual(policies);
  });

  test('with another definition says what differs', async () => {
    await administration.create(hubRequest());
    const other = hubRequest({ partitionCount: 5, hostNames: ['hub1.example.net', 'b'] });
    await expect(administration.create(other)).rejects.toMatchObject(
      conflict(
        'A hub hub1 exists with another hostNames (it has hub1.example.net; asked for: ' +
          'hub1.example.net, b), partitionCount (it has 4; asked for: 5).',
      ),
    );
  });

  test('with a host name of another hub says whose it is', async () => {
    await administration.create(hubRequest());
    const other = hubRequest({ name: 'hub2', hostNames: ['HUB1.example.net'] });
    await expect(administration.create(other)).rejects.toMatchObject(
      conflict('The host name hub1.example.net belongs to the hub hub1.'),
    );
  });

  test('that was broken off goes on with the next call', async () => {
    topics.isDown = true;
    await expect(administration.create(hubRequest())).rejects.toMatchObject({
      code: 'ServiceUnavailable',
    });
    expect(await administration.get('hub1')).toMatchObject({ state: 'activating' });
    topics.isDown = false;
    const { hub, created } = await administration.create(hubRequest());
    expect({ created, state: hub.state }).toEqual({ created: false, state: 'active' });
  });

  test('of two at once makes one', async () => {
    const both = await Promise.all([
      administration.create(hubRequest()),
      administration.create(hubRequest()),
    ]);
    expect(both.map(({ created }) => created).sort()).toEqual([false, true]);
    expect(both[0].hub).toEqual(both[1].hub);
  });
});

describe('deleting a hub', () => {
  test('tells of it, and leaves nothing', async () => {
    const { hub } = await administration.create(hubRequest());
    const { hubGeneration } = hub;
    await administration.delete('HUB1');
    await expect(administration.get('hub1')).rejects.toMatchObject({ code: 'GenericNotFound' });
    expect(topics.topics.size).toBe(0);
    expect(store.changes).toEqual([{ kind: 'hubDeleted', hub: 'hub1', hubGeneration }]);
    const { created } = await administration.create(hubRequest());
    expect(created).toBe(true);
  });

  test('that was broken off goes on with the next call, and is told once', async () => {
    await administration.create(hubRequest());
    topics.isDown = true;
    await expect(administration.delete('hub1')).rejects.toMatchObject({
      code: 'ServiceUnavailable',
    });
    await expect(administration.create(hubRequest())).rejects.toMatchObject({
      code: 'OperationNotAllowedInCurrentState',
    });
    topics.isDown = false;
    await administration.delete('hub1');
    await expect(administration.delete('hub1')).rejects.toMatchObject({ code: 'GenericNotFound' });
    expect(store.changes).toHaveLength(1);
  });

  test('never takes the topic of a hub that was made again in the meantime', async () => {
    const { hub } = await administration.create(hubRequest());
    let goOn: () => void = () => undefined;
    const meantime = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const other = store.exclusively('hub1', async () => {
      await meantime;
      await store.purge('hub1');
      await store.insert(hub, []);
      await store.activate('hub1');
    });

    const deletion = administration.delete('hub1');
    await immediate();
    goOn();
    await Promise.all([other, deletion]);

    expect(await administration.get('hub1')).toMatchObject({ state: 'active' });
    expect(topics.topics.has('events.hub1')).toBe(true);
  });
});

describe('after a crash', () => {
  test('hubs half made and half deleted are finished', async () => {
    await administration.create(hubRequest({ name: 'old', hostNames: ['old'] }));
    await store.markDeleting('old');
    topics.isDown = true;
    await administration.create(hubRequest({ name: 'new', hostNames: ['new'] })).catch(() => 0);
    topics.isDown = false;
    topics.topics.set('events.odd', 32);
    await administration.create(hubRequest({ name: 'odd', hostNames: ['odd'] })).catch(() => 0);

    expect([...(await administration.listUnfinished())].sort()).toEqual(['new', 'odd', 'old']);
    await administration.finish('new');
    await administration.finish('old');
    await expect(administration.finish('odd')).rejects.toMatchObject({
      code: 'IotHubActivationFailed',
    });

    expect(await administration.listUnfinished()).toEqual(['odd']);
    const { hubs: left } = await administration.list('');
    expect(left.map(({ name, state }) => [name, state])).toEqual([
      ['new', 'active'],
      ['odd', 'activating'],
    ]);
  });
});

test('lists hubs in pages, and says where to go on', async () => {
  const names = Array.from({ length: 60 }, (_, index) => `hub-${100 + index}`);
  for (const name of names) {
    await store.insert(hubDefinition(name), samplePolicies);
  }
  const first = await administration.list('');
  expect(first.next).toBe(first.hubs.at(-1)?.name);
  const second = await administration.list(first.next ?? '');
  expect(second.next).toBeUndefined();
  expect([...first.hubs, ...second.hubs].map(({ name }) => name)).toEqual(names);
});
