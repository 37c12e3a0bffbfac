/** Identities from their creation to their end (service-rest.md sections 1.4, 2 and 3). */
import { azureLimits } from '@linchpin/wire';
import type { DeviceIdentity, IdentityDefinition, IdentityId } from './device-identity.js';
import { anyTag, requireMatch } from './entity-tag.js';
import { newIdentity, refuseSystemModule, updateOf } from './identity-change.js';
import { edgeModuleIds, validateIdentityId, type Sources } from './identity-content.js';
import type { IdentityQuota } from './identity-quota.js';
import type { IdentityStore } from './identity-store.js';
import { pageLength } from './page-length.js';
import { tooManyIdentities } from './registry-errors.js';

interface IdentityRegistryParts {
  readonly store: IdentityStore;
  readonly quota: IdentityQuota;
  readonly sources: Sources;
}

const { modulesPerDeviceMax, listedDevicesMax } = azureLimits;

/** Each method throws what IdentityStore and identity-change.ts say, and what stands beside it. */
export class IdentityRegistry {
  constructor(private readonly parts: IdentityRegistryParts) {}

  /** Of one hub, devices and modules together. */
  get identitiesMax(): number {
    return this.parts.quota.identitiesMax;
  }

  /** @throws HubError TooManyDevices */
  async create(hub: string, definition: IdentityDefinition): Promise<DeviceIdentity> {
    const { store, quota, sources } = this.parts;
    const { content, modules } = newIdentity(definition, sources);
    await quota.admit(hub, 1 + modules.length);
    return content.moduleId === undefined
      ? store.insertDevice(hub, content, modules)
      : store.insertModule(hub, content, modulesPerDeviceMax);
  }

  /** @throws HubError PreconditionFailed unless the stored tag is `ifMatch`, or that is `*` */
  async update(
    hub: string,
    definition: IdentityDefinition,
    ifMatch: string,
  ): Promise<DeviceIdentity> {
    const { store, quota, sources } = this.parts;
    validateIdentityId(definition);
    // Whether it becomes an Edge device, which takes room for two modules, is known under the lock.
    const room = await quota.reserve(hub, definition.iotEdge ? edgeModuleIds.length : 0);
    let used = 0;
    try {
      return await store.update(hub, definition, modulesPerDeviceMax, (stored) => {
        requireMatch('identity', stored.etag, ifMatch);
        const update = updateOf(stored, definition, sources);
        used = update.addedModules.length;
        if (used > room.granted) {
          throw tooManyIdentities(quota.identitiesMax);
        }
        return update;
      });
    } finally {
      room.release(used);
    }
  }

  /**
   * @param ifMatch undefined deletes whatever the tag
   * @throws HubError PreconditionFailed, SystemModuleModifyUnauthorizedAccess
   */
  async delete(hub: string, id: IdentityId, ifMatch: string | undefined): Promise<void> {
    validateIdentityId(id);
    refuseSystemModule(id);
    await this.parts.store.delete(hub, id, (etag) => {
      requireMatch('identity', etag, ifMatch ?? anyTag);
    });
  }

  async get(hub: string, id: IdentityId): Promise<DeviceIdentity> {
    validateIdentityId(id);
    return this.parts.store.get(hub, id);
  }

  /** @param limit out of 1 to 1000 it means 1000 */
  async listDevices(hub: string, limit: number): Promise<readonly DeviceIdentity[]> {
    return this.parts.store.listDevices(hub, pageLength(limit, listedDevicesMax));
  }

  async listModules(hub: string, deviceId: string): Promise<readonly DeviceIdentity[]> {
    validateIdentityId({ deviceId, moduleId: undefined });
    return this.parts.store.listModules(hub, deviceId, listedDevicesMax);
  }
}
