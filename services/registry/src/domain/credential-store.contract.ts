import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { HubDefinition } from './hub.js';
import { hubDefinition, identityContent, moduleContent, samplePolicies } from './samples.fake.js';
import type { Stores } from './stores.fake.js';

const device = { deviceId: 'd1', moduleId: undefined };
const module = { deviceId: 'd1', moduleId: 'm1' };

/** What every store of credentials promises. Each test has a hub of its own. */
export function credentialStoreContract(name: string, stores: () => Stores): void {
  describe(`${name} keeps the contract of a credential store`, () => {
    let definition: HubDefinition;
    let hub: { name: string; hostNames: unknown; partitionCount: number };
    let hostName: string;

    beforeEach(async () => {
      const hubName = `Hub-${randomUUID().slice(0, 18)}`;
      hostName = `${hubName.toLowerCase()}.example.net`;
      const hostNames = [`alias-${hostName}`, hostName];
      definition = hubDefinition(hubName, { hostNames, partitionCount: 3 });
      hub = { name: hubName, hostNames: expect.arrayContaining(hostNames), partitionCount: 3 };
      await stores().hubs.insert(definition, samplePolicies);
      await stores().hubs.activate(hubName);
    });

    test('finds a policy by any host name of the hub and in any letter case', async () => {
      for (const policyName of ['Device', 'DEVICE']) {
        for (const each of definition.hostNames) {
          expect(
            await stores().credentials.findPolicy({ hostName: each, policyName }),
          ).toMatchObject({ hub, policy: samplePolicies[1] });
        }
      }
    });

    test('finds the hub without a policy that it lacks', async () => {
      const found = await stores().credentials.findPolicy({ hostName, policyName: 'nobody' });
      expect(found).toMatchObject({ hub, policy: undefined });
    });

    test('finds a device with its credentials, and a policy with it', async () => {
      const content = identityContent();
      await stores().identities.insertDevice(definition.name, content, []);
      const query = { hostName, ...device, policyName: 'iothubowner' };
      expect(await stores().credentials.findDevice(query)).toMatchObject({
        hub,
        policy: samplePolicies[0],
        identity: {
          generationId: content.generationId,
          enabled: true,
          ofEdgeDevice: false,
          authentication: content.authentication,
        },
      });
    });

    test('finds no identity where there is none, of another letter case say', async () => {
      await stores().identities.insertDevice(definition.name, identityContent(), []);
      for (const id of [module, { ...device, deviceId: 'D1' }]) {
        const query = { hostName, ...id, policyName: undefined };
        expect(await stores().credentials.findDevice(query)).toMatchObject({
          hub,
          policy: undefined,
          identity: undefined,
        });
      }
    });

    test('says of an Edge device and of its modules that they are of one', async () => {
      const edge = identityContent({ iotEdge: true });
      await stores().identities.insertDevice(definition.name, edge, [moduleContent()]);
      for (const id of [device, module]) {
        const query = { hostName, ...id, policyName: undefined };
        const found = await stores().credentials.findDevice(query);
        expect(found).toMatchObject({ identity: { ofEdgeDevice: true } });
      }
    });

    test('a module is enabled when its device is', async () => {
      const authentication = { type: 'none' } as const;
      const modules = [moduleContent({ authentication })];
      await stores().identities.insertDevice(definition.name, identityContent(), modules);
      const query = { hostName, ...module, policyName: undefined };
      const enabled = { enabled: true, authentication };
      expect(await stores().credentials.findDevice(query)).toMatchObject({ identity: enabled });
      await stores().identities.update(definition.name, device, 50, (stored) => ({
        content: { ...stored, status: 'disabled' },
        addedModules: [],
        removedModuleIds: [],
      }));
      for (const id of [device, module]) {
        const found = await stores().credentials.findDevice({ ...query, ...id });
        expect(found).toMatchObject({ identity: { enabled: false } });
      }
    });

    test('nothing of a hub that is not active is found', async () => {
      const find = async () => [
        await stores().credentials.findPolicy({ hostName, policyName: 'iothubowner' }),
        await stores().credentials.findDevice({ hostName, ...device, policyName: 'iothubowner' }),
      ];
      const [former] = await find();
      await stores().hubs.markDeleting(definition.name);
      expect(await find()).toEqual([undefined, undefined]);
      await stores().hubs.purge(definition.name);
      await stores().hubs.insert(definition, samplePolicies);
      expect(await find()).toEqual([undefined, undefined]);
      await stores().hubs.activate(definition.name);
      const hubGeneration = expect.not.stringMatching(`^${former?.hub.hubGeneration}$`);
      const next = { ...hub, hubGeneration };
      expect(await find()).toMatchObject([{ hub: next }, { hub: next }]);
    });
  });
}
