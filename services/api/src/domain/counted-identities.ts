import type { DeviceIdentityId, HubId, Identity, IdentityDefinition } from '@linchpin/wire';
import type { IdentityRegistry, RegistryStatistics } from './identity-registry.js';
import type { MessageCounts } from './message-counts.js';

/** The identities with how many messages wait for each, which the registry does not know. */
export class CountedIdentities implements IdentityRegistry {
  constructor(
    private readonly registry: IdentityRegistry,
    private readonly counts: MessageCounts,
  ) {}

  async get(hub: HubId, id: DeviceIdentityId): Promise<Identity> {
    return this.#countOne(hub, await this.registry.get(hub, id));
  }

  /** For one that is new nothing waits. */
  async create(hub: HubId, definition: IdentityDefinition): Promise<Identity> {
    return this.registry.create(hub, definition);
  }

  async update(hub: HubId, definition: IdentityDefinition, ifMatch: string): Promise<Identity> {
    return this.#countOne(hub, await this.registry.update(hub, definition, ifMatch));
  }

  async delete(hub: HubId, id: DeviceIdentityId, ifMatch: string | undefined): Promise<void> {
    await this.registry.delete(hub, id, ifMatch);
  }

  async listDevices(hub: HubId, limit: number): Promise<readonly Identity[]> {
    return this.#count(hub, await this.registry.listDevices(hub, limit));
  }

  async listModules(hub: HubId, deviceId: string): Promise<readonly Identity[]> {
    return this.#count(hub, await this.registry.listModules(hub, deviceId));
  }

  async getStatistics(hub: string): Promise<RegistryStatistics> {
    return this.registry.getStatistics(hub);
  }

  async #countOne(hub: HubId, identity: Identity): Promise<Identity> {
    const [count = 0] = await this.counts.of(hub, [identity]);
    return { ...identity, cloudToDeviceMessageCount: count };
  }

  async #count(hub: HubId, identities: readonly Identity[]): Promise<readonly Identity[]> {
    const counts = await this.counts.of(hub, identities);
    return identities.map((identity, index) => ({
      ...identity,
      cloudToDeviceMessageCount: counts[index] ?? 0,
    }));
  }
}
