import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { ConnectionReport } from './connection-states.js';
import { hubDefinition, identityContent, moduleContent, samplePolicies } from './samples.fake.js';
import type { Stores } from './stores.fake.js';

const device = { deviceId: 'd1', moduleId: undefined };

/** What every store of connection states promises. Each test has a hub of its own. */
export function connectionStatesContract(name: string, stores: () => Stores): void {
  describe(`${name} keeps the contract of connection states`, () => {
    let hub: string;

    beforeEach(async () => {
      const definition = hubDefinition(`Hub-${randomUUID().slice(0, 18)}`);
      hub = definition.name;
      await stores().hubs.insert(definition, samplePolicies);
      await stores().hubs.activate(hub);
      await stores().identities.insertDevice(hub, identityContent(), [moduleContent()]);
    });

    const report = (
      sequence: number,
      members: Partial<ConnectionReport> = {},
    ): ConnectionReport => ({
      hub,
      ...device,
      generationId: identityContent().generationId,
      state: 'Connected',
      sequenceNumber: sequence.toString(16).toUpperCase().padStart(64, '0'),
      occurredAt: new Date(Date.UTC(2026, 1, 1, 0, 0, sequence)),
      ...members,
    });

    test('stores what is news under the same tag', async () => {
      const before = await stores().identities.get(hub, device);
      expect(await stores().states.apply([report(9)])).toBe(1);
      const occurredAt = report(9).occurredAt;
      expect(await stores().identities.get(hub, device)).toEqual({
        ...before,
        connectionState: 'Connected',
        connectionStateUpdatedTime: occurredAt,
        lastActivityTime: occurredAt,
      });
    });

    test('what came late or again changes nothing', async () => {
      await stores().states.apply([report(10, { state: 'Disconnected' })]);
      expect(await stores().states.apply([report(9)])).toBe(0);
      expect(await stores().states.apply([report(10)])).toBe(0);
      expect(await stores().identities.get(hub, device)).toMatchObject({
        connectionState: 'Disconnected',
      });
      expect(await stores().states.apply([report(255)])).toBe(1);
    });

    test('what was said of an earlier creation does not touch a later one', async () => {
      await stores().identities.delete(hub, device, () => undefined);
      const again = identityContent({ generationId: '638900000000000777' });
      await stores().identities.insertDevice(hub, again, []);
      expect(await stores().states.apply([report(9)])).toBe(0);
      expect(await stores().identities.get(hub, device)).toMatchObject({
        connectionState: 'Disconnected',
        lastActivityTime: undefined,
      });
    });

    test('nothing is news of a hub that is being deleted', async () => {
      await stores().hubs.markDeleting(hub);
      expect(await stores().states.apply([report(9)])).toBe(0);
    });

    test('many at once, each to its own identity', async () => {
      const { generationId } = moduleContent();
      const ofModule = report(3, { moduleId: 'm1', generationId, state: 'Disconnected' });
      const ofNobody = report(1, { deviceId: 'nobody' });
      const ofNoHub = report(1, { hub: 'nowhere' });
      expect(await stores().states.apply([ofModule, ofNobody, ofNoHub, report(2)])).toBe(2);
      expect(await stores().identities.get(hub, device)).toMatchObject({
        connectionState: 'Connected',
      });
      expect(await stores().identities.get(hub, { ...device, moduleId: 'm1' })).toMatchObject({
        connectionState: 'Disconnected',
        lastActivityTime: ofModule.occurredAt,
      });
      expect(await stores().states.apply([])).toBe(0);
    });
  });
}
