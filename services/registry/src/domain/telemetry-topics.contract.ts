import { randomUUID } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import type { Hub } from './hub.js';
import { defaultChoice } from './hub-content.js';
import { hubDefinition } from './samples.fake.js';
import type { TelemetryTopics } from './telemetry-topics.js';

interface Setting {
  readonly topics: TelemetryTopics;
  /** Of the topic of that name; undefined when there is none. */
  readonly countPartitions: (topic: string) => Promise<number | undefined>;
}

/** What all that keeps the hubs' telemetry promises. */
export function telemetryTopicsContract(name: string, setting: () => Setting): void {
  describe(`${name} keeps the contract of telemetry topics`, () => {
    const newHub = (members: Partial<Hub> = {}): Hub => {
      const hubName = `Hub-${randomUUID().slice(0, 18)}`;
      return {
        ...hubDefinition(hubName),
        ...defaultChoice,
        hubGeneration: '1',
        isTopicOutdated: false,
        state: 'activating',
        etag: 'MQ==',
        ...members,
      };
    };

    test('a hub has one topic, whatever the letter case of its name', () => {
      const { topics } = setting();
      expect(topics.nameOf('Hub1')).toBe(topics.nameOf('hub1'));
      expect(topics.nameOf('hub1')).not.toBe(topics.nameOf('hub2'));
    });

    test('makes the topic with the partitions of the hub; once more changes nothing', async () => {
      const { topics, countPartitions } = setting();
      const hub = newHub({ partitionCount: 3 });
      await topics.create(hub);
      await topics.create(hub);
      expect(await countPartitions(topics.nameOf(hub.name))).toBe(3);
    });

    test('two that make it at once both find it made', async () => {
      const { topics, countPartitions } = setting();
      const hub = newHub({ partitionCount: 3 });
      await Promise.all([topics.create(hub), topics.create(hub)]);
      expect(await countPartitions(topics.nameOf(hub.name))).toBe(3);
    });

    test('a topic that is otherwise than the hub cannot serve it', async () => {
      const { topics, countPartitions } = setting();
      const hub = newHub({ partitionCount: 3 });
      await topics.create(hub);
      await expect(topics.create({ ...hub, partitionCount: 4 })).rejects.toMatchObject({
        code: 'IotHubActivationFailed',
      });
      expect(await countPartitions(topics.nameOf(hub.name))).toBe(3);
    });

    test('keeps telemetry as long as the hub says, from then on', async () => {
      const { topics } = setting();
      const hub = newHub({ retentionDays: 2 });
      const changed = { ...hub, retentionDays: 7 };
      await topics.create(hub);
      await expect(topics.create(changed)).rejects.toMatchObject({
        code: 'IotHubActivationFailed',
      });
      await topics.setRetention(changed);
      await topics.setRetention(changed);
      await topics.create(changed);
      await expect(topics.create(hub)).rejects.toMatchObject({ code: 'IotHubActivationFailed' });
    });

    test('deletes it; once more is no error', async () => {
      const { topics, countPartitions } = setting();
      const hub = newHub();
      await topics.create(hub);
      await topics.delete(hub);
      await topics.delete(hub);
      expect(await countPartitions(topics.nameOf(hub.name))).toBeUndefined();
    });
  });
}
