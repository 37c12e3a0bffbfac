/** Identities from their creation to their end (service-rest.md sections 1.4, 2 and 3). */
import { azureLimits, HubError } from '@linchpin/wire';
import type { DeviceIdentity, IdentityDefinition, IdentityId } from './device-identity.js';
import {
  contentOfNew,
  contentOfUpdated,
  edgeModuleIds,
  edgeModules,
  validateIdentityId,
  type Sources,
} from './identity-content.js';
import type { IdentityQuota } from './identity-quota.js';
import type { IdentityStore, IdentityUpdate } from './identity-store.js';

interface IdentityRegistryParts {
  readonly store: IdentityStore;
  readonly quota: IdentityQuota;
  readonly sources: Sources;
}

/** An entity tag that fits whatever is stored. */
const anyTag = '*';

/** Each method throws what IdentityStore and identity-content.ts say, and what stands beside it. */
export class IdentityRegistry {
  constructor(private readonly parts: IdentityRegistryParts) {}

  /** @throws HubError TooManyDevices, SystemModuleModifyUnauthorizedAccess */
  async create(hub: string, definition: IdentityDefinition): Promise<DeviceIdentity> {
    const { store, quota, sources } = this.parts;
    refuseSystemModule(definition);
    const content = contentOfNew(definition, sources);
    const modules = content.iotEdge ? edgeModules(content.deviceId, sources) : [];
    await quota.admit(hub, 1 + modules.length);
    return content.moduleId === undefined
      ? store.insertDevice(hub, content, modules)
      : store.insertModule(hub, content, azureLimits.modulesPerDeviceMax);
  }

  /** @throws HubError PreconditionFailed unless the stored tag is `ifMatch`, or that is `*` */
  async update(
    hub: string,
    definition: IdentityDefinition,
    ifMatch: string,
  ): Promise<DeviceIdentity> {
    validateIdentityId(definition);
    return this.parts.store.update(hub, definition, (stored) => {
      requireMatch(stored.etag, ifMatch);
      return this.#updateOf(stored, definition);
    });
  }

  /**
   * @param ifMatch undefined deletes whatever the tag
   * @throws HubError PreconditionFailed, SystemModuleModifyUnauthorizedAccess
   */
  async delete(hub: string, id: IdentityId, ifMatch: string | undefined): Promise<void> {
    validateIdentityId(id);
    refuseSystemModule(id);
    await this.parts.store.delete(hub, id, (etag) => {
      requireMatch(etag, ifMatch ?? anyTag);
    });
  }

  async get(hub: string, id: IdentityId): Promise<DeviceIdentity> {
    validateIdentityId(id);
    return this.parts.store.get(hub, id);
  }

  /** @param limit out of 1 to 1000 it means 1000 */
  async listDevices(hub: string, limit: number): Promise<readonly DeviceIdentity[]> {
    const { listedDevicesMax } = azureLimits;
    const isUsable = limit >= 1 && limit <= listedDevicesMax;
    return this.parts.store.listDevices(hub, isUsable ? limit : listedDevicesMax);
  }

  async listModules(hub: string, deviceId: string): Promise<readonly DeviceIdentity[]> {
    validateIdentityId({ deviceId, moduleId: undefined });
    return this.parts.store.listModules(hub, deviceId, azureLimits.listedDevicesMax);
  }

  #updateOf(stored: DeviceIdentity, definition: IdentityDefinition): IdentityUpdate {
    const { sources } = this.parts;
    const content = contentOfUpdated(stored, definition, sources);
    const becomesEdge = content.iotEdge && !stored.iotEdge;
    const ceasesToBeEdge = stored.iotEdge && !content.iotEdge;
    return {
      content,
      addedModules: becomesEdge ? edgeModules(content.deviceId, sources) : [],
      removedModuleIds: ceasesToBeEdge ? edgeModuleIds : [],
    };
  }
}

function requireMatch(etag: string, ifMatch: string): void {
  if (ifMatch !== anyTag && ifMatch !== etag) {
    throw new HubError('PreconditionFailed', 'The identity has another entity tag by now.');
  }
}

/** service-rest.md section 3: whoever comes through the service API may neither make nor remove one. */
function refuseSystemModule({ moduleId }: IdentityId): void {
  if (moduleId !== undefined && edgeModuleIds.includes(moduleId)) {
    throw new HubError(
      'SystemModuleModifyUnauthorizedAccess',
      `The module ${moduleId} comes and goes with the iotEdge capability of its device.`,
    );
  }
}
