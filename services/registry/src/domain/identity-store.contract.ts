import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { HubError } from '@linchpin/wire';
import type { Authentication } from './authentication.js';
import { identityKeyCredential } from './credential-id.js';
import type { DeviceIdentity, IdentityContent, IdentityId } from './device-identity.js';
import type { RegistryChange } from './registry-change.js';
import {
  hubDefinition,
  identityContent,
  moduleContent,
  sampleKeys,
  samplePolicies,
  sampleTime,
} from './samples.fake.js';
import { hubIdOf, type Stores } from './stores.fake.js';

const [keyA, keyB, keyC] = sampleKeys;
const device = { deviceId: 'd1', moduleId: undefined };
const module = { deviceId: 'd1', moduleId: 'm1' };
const modulesMax = 50;

const unobserved = {
  etag: expect.stringMatching(/^[A-Za-z0-9+/]+=*$/),
  connectionState: 'Disconnected',
  connectionStateUpdatedTime: undefined,
  lastActivityTime: undefined,
};

/** What every store of identities promises. Each test has a hub of its own. */
export function identityStoreContract(name: string, stores: () => Stores): void {
  describe(`${name} keeps the contract of an identity store`, () => {
    let hub: string;

    beforeEach(async () => {
      hub = await newHub(stores());
    });

    const insert = (content: IdentityContent, modules: readonly IdentityContent[] = []) =>
      stores().identities.insertDevice(hub, content, modules);
    const insertModule = (content: IdentityContent) =>
      stores().identities.insertModule(hub, content, modulesMax);
    const change = (members: Partial<IdentityContent>) => (stored: DeviceIdentity) => ({
      content: { ...stored, ...members },
      addedModules: [],
      removedModuleIds: [],
    });
    const kinds = async () =>
      (await stores().changes())
        .filter((each) => each.hub === hub)
        .map((each) => [each.kind, subjectOf(each)?.moduleId]);

    test.each<[string, Partial<IdentityContent>]>([
      ['keys', {}],
      ['a thumbprint', { authentication: selfSigned('AB'.repeat(20), undefined) }],
      ['two thumbprints', { authentication: selfSigned('ab'.repeat(32), 'AB'.repeat(20)) }],
      ['an authority', { authentication: { type: 'certificateAuthority' } }],
      ['nothing', { authentication: { type: 'none' } }],
      [
        'all there is',
        {
          status: 'disabled',
          statusReason: "It's 100 % 'broken'; \\ ü 漢 🙂",
          statusUpdatedTime: sampleTime,
          iotEdge: true,
          deviceScope: 'ms-azure-iot-edge://d1-1',
          parentScopes: ['ms-azure-iot-edge://p-2'],
          attributesJson: '{"b":1,"a":[true,"x"]}',
        },
      ],
    ])('keeps a device with %s as it was given', async (_what, members) => {
      const content = identityContent(members);
      const stored = await insert(content);
      expect(stored).toEqual({ ...content, ...unobserved });
      expect(await stores().identities.get(hub, device)).toEqual(stored);
      expect(Buffer.from(stored.etag, 'base64').toString()).toMatch(/^\d+$/);
    });

    test('service-rest 14: ids that differ in letter case are two', async () => {
      await insert(identityContent({ deviceId: 'A' }));
      await expect(
        stores().identities.get(hub, { deviceId: 'a', moduleId: undefined }),
      ).rejects.toMatchObject({ code: 'DeviceNotFound' });
      await insert(identityContent({ deviceId: 'a' }));
      expect(await stores().identities.listDevices(hub, 10)).toHaveLength(2);
    });

    test('of many that create one device at once, one does', async () => {
      const attempts = Array.from({ length: 20 }, () => insert(identityContent()));
      expect(await refusalsOf(attempts)).toEqual(Array(19).fill('DeviceAlreadyExists'));
      expect(await kinds()).toEqual([['identityCreated', undefined]]);
    });

    test('creates a device together with its modules, and tells of each', async () => {
      const modules = ['$edgeAgent', '$edgeHub'].map((moduleId) => moduleContent({ moduleId }));
      await insert(identityContent({ iotEdge: true }), modules);
      expect(await stores().identities.listModules(hub, 'd1', 10)).toEqual(
        modules.map((content) => ({ ...content, ...unobserved })),
      );
      expect(await kinds()).toEqual([
        ['identityCreated', undefined],
        ['identityCreated', '$edgeAgent'],
        ['identityCreated', '$edgeHub'],
      ]);
    });

    test('service-rest 22: a module needs its device, and is there once', async () => {
      await expect(insertModule(moduleContent())).rejects.toMatchObject({ code: 'DeviceNotFound' });
      await insert(identityContent());
      const stored = await insertModule(moduleContent({ managedBy: 'iotEdge' }));
      expect(stored).toEqual({ ...moduleContent({ managedBy: 'iotEdge' }), ...unobserved });
      await expect(insertModule(moduleContent())).rejects.toMatchObject({
        code: 'ModuleAlreadyExistsOnDevice',
      });
      expect(await stores().identities.get(hub, module)).toEqual(stored);
    });

    test('a device has as many modules as it may, however many are made at once', async () => {
      await insert(identityContent());
      const attempts = Array.from({ length: 60 }, (_, index) =>
        insertModule(moduleContent({ moduleId: `m${index}` })),
      );
      expect(await refusalsOf(attempts)).toEqual(Array(10).fill('TooManyModulesOnDevice'));
      expect(await stores().identities.listModules(hub, 'd1', 1_000)).toHaveLength(50);
    });

    test('an update writes all it is given under a new tag', async () => {
      const before = await insert(identityContent());
      const members: Partial<IdentityContent> = {
        status: 'disabled',
        statusReason: 'broken',
        statusUpdatedTime: sampleTime,
        authentication: { type: 'sas', primaryKey: keyA, secondaryKey: keyC },
        attributesJson: '{}',
      };
      const after = await stores().identities.update(hub, device, modulesMax, change(members));
      expect(after).toEqual({
        ...before,
        ...members,
        etag: expect.not.stringMatching(before.etag),
      });
      expect(await stores().identities.get(hub, device)).toEqual(after);
      expect((await stores().changes()).at(-1)).toEqual({
        kind: 'identityUpdated',
        ...(await hubIdOf(stores(), hub)),
        identity: {
          ...after,
          attributesJson: undefined,
          authentication: { type: 'sas' },
        },
        revokedCredentialIds: [identityKeyCredential(hub, device, keyB)],
      });
    });

    test('an update that changes its mind leaves all as it was', async () => {
      const before = await insert(identityContent());
      const refusal = new Error('no');
      const attempt = stores().identities.update(hub, device, modulesMax, () => {
        throw refusal;
      });
      await expect(attempt).rejects.toBe(refusal);
      expect(await stores().identities.get(hub, device)).toEqual(before);
      expect(await kinds()).toEqual([['identityCreated', undefined]]);
    });

    test('of many that update one tag at once, one does', async () => {
      const { etag } = await insert(identityContent());
      const attempts = Array.from({ length: 20 }, (_, index) =>
        stores().identities.update(hub, device, modulesMax, (stored) => {
          expect(stored.etag).toBe(etag);
          return change({ statusReason: String(index) })(stored);
        }),
      );
      const outcomes = await Promise.allSettled(attempts);
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    });

    test('an update adds and removes modules, and tells of each', async () => {
      const agent = moduleContent({ moduleId: '$edgeAgent' });
      await insert(identityContent());
      await stores().identities.update(hub, device, modulesMax, (stored) => ({
        content: { ...stored, iotEdge: true },
        addedModules: [agent],
        removedModuleIds: [],
      }));
      expect(await stores().identities.listModules(hub, 'd1', 10)).toHaveLength(1);
      await stores().identities.update(hub, device, modulesMax, (stored) => ({
        content: { ...stored, iotEdge: false },
        addedModules: [],
        removedModuleIds: ['$edgeAgent'],
      }));
      expect(await stores().identities.listModules(hub, 'd1', 10)).toEqual([]);
      expect((await kinds()).slice(1)).toEqual([
        ['identityUpdated', undefined],
        ['identityCreated', '$edgeAgent'],
        ['identityUpdated', undefined],
        ['identityDeleted', '$edgeAgent'],
      ]);
    });

    test('an update adds no more modules than a device may have', async () => {
      const before = await insert(identityContent());
      await insertModule(moduleContent());
      const attempt = stores().identities.update(hub, device, 2, (stored) => ({
        content: { ...stored, iotEdge: true },
        addedModules: ['$edgeAgent', '$edgeHub'].map((moduleId) => moduleContent({ moduleId })),
        removedModuleIds: [],
      }));
      await expect(attempt).rejects.toMatchObject({ code: 'TooManyModulesOnDevice' });
      expect(await stores().identities.get(hub, device)).toEqual(before);
      expect(await stores().identities.listModules(hub, 'd1', 10)).toHaveLength(1);
    });

    test('service-rest 17: deleting a device deletes its modules, and one change speaks for all', async () => {
      const { generationId } = await insert(identityContent());
      const { generationId: moduleGenerationId } = await insertModule(moduleContent());
      await insert(identityContent({ deviceId: 'd2' }));
      await stores().identities.delete(hub, device, () => undefined);
      await expect(stores().identities.get(hub, module)).rejects.toMatchObject({
        code: 'DeviceNotFound',
      });
      expect(await stores().counts.count(hub)).toBe(1);
      expect((await stores().changes()).at(-1)).toEqual({
        kind: 'identityDeleted',
        ...(await hubIdOf(stores(), hub)),
        ...device,
        generationId,
        moduleGenerationIds: [moduleGenerationId],
      });
    });

    test('deleting a module leaves the device and the others', async () => {
      await insert(identityContent());
      await insertModule(moduleContent());
      await insertModule(moduleContent({ moduleId: 'm2' }));
      await stores().identities.delete(hub, module, () => undefined);
      const left = await stores().identities.listModules(hub, 'd1', 10);
      expect(left.map(({ moduleId }) => moduleId)).toEqual(['m2']);
    });

    test('asks for leave at the tag before it deletes', async () => {
      const { etag } = await insert(identityContent());
      const refusal = new Error('no');
      const attempt = stores().identities.delete(hub, device, (stored) => {
        expect(stored).toBe(etag);
        throw refusal;
      });
      await expect(attempt).rejects.toBe(refusal);
      expect(await stores().counts.count(hub)).toBe(1);
    });

    test('what is missing is said to be missing: first the device, then the module', async () => {
      const attempts = (id: typeof device | typeof module) => [
        stores().identities.get(hub, id),
        stores().identities.update(hub, id, modulesMax, change({})),
        stores().identities.delete(hub, id, () => undefined),
      ];
      const ofNothing = [
        ...attempts(device),
        ...attempts(module),
        stores().identities.listModules(hub, 'd1', 1),
      ];
      expect(await refusalsOf(ofNothing)).toEqual(ofNothing.map(() => 'DeviceNotFound'));
      await insert(identityContent());
      expect(await refusalsOf(attempts(module))).toEqual(Array(3).fill('ModuleNotFound'));
    });

    test('lists devices by id, modules left out, and no more than asked for', async () => {
      for (const deviceId of ['b', 'a', 'B', 'c']) {
        await insert(identityContent({ deviceId }));
      }
      await insertModule(moduleContent({ deviceId: 'a' }));
      const listed = await stores().identities.listDevices(hub, 3);
      expect(listed.map(({ deviceId }) => deviceId)).toEqual(['B', 'a', 'b']);
      expect(listed[1]).toEqual(
        await stores().identities.get(hub, { deviceId: 'a', moduleId: undefined }),
      );
    });

    test('service-rest 31: counts devices by status and connection', async () => {
      await insert(identityContent({ deviceId: 'a' }));
      await insert(identityContent({ deviceId: 'b', status: 'disabled' }));
      await insert(identityContent({ deviceId: 'c' }));
      await insertModule(moduleContent({ deviceId: 'a' }));
      const occurredAt = sampleTime;
      const { generationId } = identityContent();
      const ofC = { deviceId: 'c', moduleId: undefined, generationId };
      await stores().states.apply([
        { hub, ...ofC, state: 'Connected', sequenceNumber: '1'.repeat(64), occurredAt },
      ]);
      const statistics = { total: 3, enabled: 2, disabled: 1, connected: 1 };
      expect(await stores().counts.statistics(hub)).toEqual(statistics);
      expect((await stores().counts.statisticsOfAll()).get(hub)).toEqual(statistics);
      expect(await stores().counts.count(hub)).toBe(4);
    });

    test('an empty hub has statistics of zeros', async () => {
      const zeros = { total: 0, enabled: 0, disabled: 0, connected: 0 };
      expect(await stores().counts.statistics(hub)).toEqual(zeros);
    });

    test('keeps hubs apart', async () => {
      const other = await newHub(stores());
      await insert(identityContent());
      await insertModule(moduleContent());
      await expect(stores().identities.get(other, device)).rejects.toMatchObject({
        code: 'DeviceNotFound',
      });
      await stores().identities.insertDevice(other, identityContent({ statusReason: 'mine' }), []);
      await stores().identities.delete(other, device, () => undefined);
      expect(await stores().counts.count(hub)).toBe(2);
      expect(await stores().counts.count(other)).toBe(0);
    });

    test.each(['missing', 'activating', 'deleting', 'misspelled'])(
      'a hub that is %s is not found',
      async (which) => {
        const absent = await absentHubs[which]!(stores());
        const attempts = [
          stores().identities.insertDevice(absent, identityContent(), []),
          stores().identities.insertModule(absent, moduleContent(), modulesMax),
          stores().identities.update(absent, device, modulesMax, change({})),
          stores().identities.delete(absent, device, () => undefined),
          stores().identities.get(absent, device),
          stores().identities.listDevices(absent, 1),
          stores().identities.listModules(absent, 'd1', 1),
          stores().counts.count(absent),
          stores().counts.statistics(absent),
        ];
        expect(await refusalsOf(attempts)).toEqual(attempts.map(() => 'IotHubNotFound'));
      },
    );
  });
}

const absentHubs: Record<string, (stores: Stores) => Promise<string>> = {
  missing: () => Promise.resolve(`hub-${randomUUID()}`),
  activating: async ({ hubs }) => {
    const definition = hubDefinition(`Hub-${randomUUID()}`);
    await hubs.insert(definition, samplePolicies);
    return definition.name;
  },
  deleting: async (stores) => {
    const name = await newHub(stores);
    await stores.hubs.markDeleting(name);
    return name;
  },
  misspelled: async (stores) => (await newHub(stores)).toUpperCase(),
};

async function newHub({ hubs }: Stores): Promise<string> {
  const definition = hubDefinition(`Hub-${randomUUID().slice(0, 18)}`);
  await hubs.insert(definition, samplePolicies);
  await hubs.activate(definition.name);
  return definition.name;
}

function selfSigned(
  primaryThumbprint: string,
  secondaryThumbprint: string | undefined,
): Authentication {
  return { type: 'selfSigned', primaryThumbprint, secondaryThumbprint };
}

/** The codes of those that were refused, the others left out. */
async function refusalsOf(attempts: readonly Promise<unknown>[]): Promise<unknown[]> {
  const outcomes = await Promise.allSettled(attempts);
  return outcomes.flatMap((outcome) =>
    outcome.status === 'rejected' ? [(outcome.reason as HubError).code] : [],
  );
}

function subjectOf(change: RegistryChange): IdentityId | undefined {
  if ('identity' in change) {
    return change.identity;
  }
  return 'deviceId' in change ? change : undefined;
}
