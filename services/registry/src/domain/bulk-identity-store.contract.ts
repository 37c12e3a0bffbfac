import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { HubError } from '@linchpin/wire';
import type { IdentityWrites } from './bulk-identity-store.js';
import type { DeviceIdentity, IdentityContent } from './device-identity.js';
import {
  hubDefinition,
  identityContent,
  moduleContent,
  sampleKeys,
  samplePolicies,
  sampleTime,
} from './samples.fake.js';
import { hubIdOf, type Stores } from './stores.fake.js';

const [keyA, , keyC] = sampleKeys;
const nothing: IdentityWrites = { deleted: [], updated: [], created: [] };

/** What every store of many identities promises. Each test has a hub of its own. */
export function bulkIdentityStoreContract(name: string, stores: () => Stores): void {
  describe(`${name} keeps the contract of a bulk store`, () => {
    let hub: string;

    beforeEach(async () => {
      hub = await newHub(stores());
    });

    const write = (deviceIds: readonly string[], writes: Partial<IdentityWrites>) =>
      stores().bulk.changeMany(hub, deviceIds, (stored) => ({
        writes: { ...nothing, ...writes },
        result: stored,
      }));
    const read = (...deviceIds: string[]) => write(deviceIds, {});
    const told = async () => (await stores().changes()).filter((each) => each.hub === hub);

    test('creates devices and modules, as many as a request may name, and tells of each', async () => {
      const devices = Array.from({ length: 100 }, (_, index) =>
        identityContent({ deviceId: `d${index}`, iotEdge: true }),
      );
      const created = devices.flatMap(({ deviceId }) => [
        moduleContent({ deviceId, moduleId: '$edgeHub' }),
        identityContent({ deviceId, iotEdge: true }),
        moduleContent({ deviceId, moduleId: '$edgeAgent' }),
      ]);
      expect(await write(['d0'], { created })).toEqual([]);
      expect(await stores().counts.count(hub)).toBe(300);
      expect(await told()).toEqual(
        await Promise.all(
          created.map(async ({ deviceId, moduleId, generationId }) => {
            const { etag } = await stores().identities.get(hub, { deviceId, moduleId });
            return expect.objectContaining({
              kind: 'identityCreated',
              ...(await hubIdOf(stores(), hub)),
              identity: expect.objectContaining({ deviceId, moduleId, generationId, etag }),
            });
          }),
        ),
      );
    });

    test('hands out the devices that are there, each with its modules, and no others', async () => {
      await write([], {
        created: ['a', 'b', 'c'].map((deviceId) => identityContent({ deviceId })),
      });
      await write([], { created: [moduleContent({ deviceId: 'b' })] });
      const stored = await read('c', 'b', 'missing');
      expect(stored.map(({ deviceId, moduleId }) => [deviceId, moduleId]).sort()).toEqual([
        ['b', undefined],
        ['b', 'm1'],
        ['c', undefined],
      ]);
      const id = { deviceId: 'b', moduleId: undefined };
      expect(stored).toContainEqual(await stores().identities.get(hub, id));
    });

    test('an update writes all it is given under a new tag, and what gateways reported stays', async () => {
      await write([], { created: [identityContent(), identityContent({ deviceId: 'd2' })] });
      const { generationId } = identityContent();
      const report = { hub, deviceId: 'd1', moduleId: undefined, generationId };
      const reported = { state: 'Connected', sequenceNumber: '1'.repeat(64) } as const;
      await stores().states.apply([{ ...report, ...reported, occurredAt: sampleTime }]);
      const [before] = (await read('d1')) as [DeviceIdentity];
      const members: Partial<IdentityContent> = {
        status: 'disabled',
        statusReason: 'broken',
        statusUpdatedTime: sampleTime,
        authentication: { type: 'sas', primaryKey: keyA, secondaryKey: keyC },
        iotEdge: true,
        deviceScope: 'ms-azure-iot-edge://d1-1',
        parentScopes: ['ms-azure-iot-edge://p-2'],
        attributesJson: '{}',
      };
      await write(['d1'], { updated: [{ before, content: { ...before, ...members } }] });
      const [after] = (await read('d1')) as [DeviceIdentity];
      expect(after).toEqual({ ...before, ...members, etag: expect.anything() });
      expect(after.etag).not.toBe(before.etag);
      expect(after.connectionState).toBe('Connected');
      expect(await read('d2')).toMatchObject([
        { status: 'enabled', authentication: { type: 'sas' } },
      ]);
      expect((await told()).at(-1)).toMatchObject({
        kind: 'identityUpdated',
        identity: {
          deviceId: 'd1',
          status: 'disabled',
          etag: after.etag,
          connectionState: 'Connected',
        },
        revokedCredentialIds: [expect.any(String)],
      });
    });

    test('a device is deleted with all its modules; a module alone', async () => {
      const created = ['a', 'b'].flatMap((deviceId) => [
        identityContent({ deviceId }),
        moduleContent({ deviceId }),
        moduleContent({ deviceId, moduleId: 'm2', generationId: '638900000000000003' }),
      ]);
      await write([], { created });
      const stored = await read('a', 'b');
      const deleted = stored.filter(
        ({ deviceId, moduleId }) =>
          (deviceId === 'a' && moduleId === undefined) || (deviceId === 'b' && moduleId === 'm1'),
      );
      await write(['a', 'b'], { deleted });
      const left = await read('a', 'b');
      expect(left.map(({ deviceId, moduleId }) => [deviceId, moduleId])).toEqual([
        ['b', undefined],
        ['b', 'm2'],
      ]);
      expect((await told()).slice(created.length)).toMatchObject([
        {
          kind: 'identityDeleted',
          deviceId: 'a',
          moduleId: undefined,
          moduleGenerationIds: ['638900000000000002', '638900000000000003'],
        },
        { kind: 'identityDeleted', deviceId: 'b', moduleId: 'm1', moduleGenerationIds: [] },
      ]);
    });

    test('what is deleted may be made again at once', async () => {
      await write([], { created: [identityContent(), moduleContent()] });
      const [before] = (await read('d1')).filter(({ moduleId }) => moduleId === undefined);
      const again = identityContent({ generationId: '638900000000000009' });
      await write(['d1'], { deleted: [before!], created: [again] });
      expect(await read('d1')).toMatchObject([again]);
      expect((await told()).slice(2)).toMatchObject([
        { kind: 'identityDeleted', generationId: before!.generationId },
        { kind: 'identityCreated', identity: { generationId: again.generationId } },
      ]);
    });

    test('a decision that throws leaves all as it was', async () => {
      const refusal = new Error('no');
      const attempt = stores().bulk.changeMany(hub, ['d1'], () => {
        throw refusal;
      });
      await expect(attempt).rejects.toBe(refusal);
      expect(await told()).toEqual([]);
    });

    test('many at once lose nothing: each create is one, each update sees the one before', async () => {
      const ids = Array.from({ length: 20 }, (_, index) => `d${index}`);
      const bump = (order: readonly string[]) =>
        stores().bulk.changeMany(hub, order, (stored) => {
          const known = new Map(stored.map((each) => [each.deviceId, each]));
          const updated = stored.map((before) => ({
            before,
            content: { ...before, statusReason: String(Number(before.statusReason) + 1) },
          }));
          const created = order
            .filter((deviceId) => !known.has(deviceId))
            .map((deviceId) => identityContent({ deviceId, statusReason: '1' }));
          return { writes: { deleted: [], updated, created }, result: created.length };
        });
      const shuffled = Array.from({ length: 10 }, (_, turn) => [
        ...ids.slice(turn * 2),
        ...ids.slice(0, turn * 2).reverse(),
      ]);
      const outcomes = await Promise.allSettled(shuffled.map(bump));
      const done = outcomes.filter(({ status }) => status === 'fulfilled').length;
      const refused = outcomes.flatMap((outcome) =>
        outcome.status === 'rejected' ? [(outcome.reason as HubError).code] : [],
      );
      expect(refused).toEqual(refused.map(() => 'ServiceUnavailable'));
      expect(done).toBeGreaterThan(0);
      const stored = await read(...ids);
      expect(stored.map(({ statusReason }) => statusReason)).toEqual(ids.map(() => String(done)));
    });

    test('keeps hubs apart', async () => {
      const other = await newHub(stores());
      await write([], { created: [identityContent()] });
      const seen = await stores().bulk.changeMany(other, ['d1'], (stored) => ({
        writes: { ...nothing, created: [identityContent()] },
        result: stored,
      }));
      expect(seen).toEqual([]);
      const [mine] = await read('d1');
      await write(['d1'], { deleted: [mine!] });
      expect(await stores().counts.count(other)).toBe(1);
    });

    test('a hub that is not active is not found', async () => {
      await stores().hubs.markDeleting(hub);
      await expect(write([], { created: [identityContent()] })).rejects.toMatchObject({
        code: 'IotHubNotFound',
      });
    });
  });
}

async function newHub({ hubs }: Stores): Promise<string> {
  const definition = hubDefinition(`Hub-${randomUUID().slice(0, 18)}`);
  await hubs.insert(definition, samplePolicies);
  await hubs.activate(definition.name);
  return definition.name;
}
