/**
 * Where identities are kept. Each change is stored in one piece with the RegistryChange that tells of
 * it, or not at all. Every method takes the hub's name and throws HubError IotHubNotFound when no
 * active hub has it; what belongs to another hub does not exist.
 */
import type { DeviceIdentity, IdentityContent, IdentityId } from './device-identity.js';

export interface IdentityStore {
  /** Stores a device with the modules it begins with. @throws HubError DeviceAlreadyExists */
  insertDevice(
    hub: string,
    device: IdentityContent,
    modules: readonly IdentityContent[],
  ): Promise<DeviceIdentity>;

  /** @throws HubError DeviceNotFound, ModuleAlreadyExistsOnDevice, TooManyModulesOnDevice */
  insertModule(hub: string, module: IdentityContent, modulesMax: number): Promise<DeviceIdentity>;

  /**
   * Writes what `decide` makes of the stored identity, under a new tag. Nobody else changes the
   * identity in between, and what `decide` throws leaves it as it was.
   *
   * @param modulesMax how many modules the device may have with those that are added
   * @throws HubError DeviceNotFound, ModuleNotFound, TooManyModulesOnDevice
   */
  update(
    hub: string,
    id: IdentityId,
    modulesMax: number,
    decide: (stored: DeviceIdentity) => IdentityUpdate,
  ): Promise<DeviceIdentity>;

  /**
   * Removes a module, or a device with its modules, unless `permit` throws at its tag.
   *
   * @throws HubError DeviceNotFound, ModuleNotFound
   */
  delete(hub: string, id: IdentityId, permit: (etag: string) => void): Promise<void>;

  /** @throws HubError DeviceNotFound, also for a module of a missing device, ModuleNotFound */
  get(hub: string, id: IdentityId): Promise<DeviceIdentity>;

  /** By device id. */
  listDevices(hub: string, limit: number): Promise<readonly DeviceIdentity[]>;

  /** By module id. @throws HubError DeviceNotFound */
  listModules(hub: string, deviceId: string, limit: number): Promise<readonly DeviceIdentity[]>;
}

export interface IdentityUpdate {
  readonly content: IdentityContent;
  /** Of a device: the modules that come and go with it. */
  readonly addedModules: readonly IdentityContent[];
  readonly removedModuleIds: readonly string[];
}
