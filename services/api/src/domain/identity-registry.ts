import type { DeviceIdentityId, HubId, Identity, IdentityDefinition } from '@linchpin/wire';

/** Counts are of devices only; modules are not counted (service-rest.md section 6). */
export interface RegistryStatistics {
  readonly totalDeviceCount: number;
  readonly enabledDeviceCount: number;
  readonly disabledDeviceCount: number;
  readonly connectedDeviceCount: number;
  /** How many devices and modules together the hub may have. */
  readonly identityCountMax: number;
}

/**
 * The identities of each hub. `ifMatch` is an entity tag that the stored identity must have, or `*`
 * for whatever it has. Every method throws a HubError with the code that the client is to see.
 */
export interface IdentityRegistry {
  get(hub: HubId, id: DeviceIdentityId): Promise<Identity>;
  create(hub: HubId, definition: IdentityDefinition): Promise<Identity>;
  update(hub: HubId, definition: IdentityDefinition, ifMatch: string): Promise<Identity>;
  /** Without `ifMatch` as with `*`. */
  delete(hub: HubId, id: DeviceIdentityId, ifMatch: string | undefined): Promise<void>;
  listDevices(hub: HubId, limit: number): Promise<readonly Identity[]>;
  listModules(hub: HubId, deviceId: string): Promise<readonly Identity[]>;
  getStatistics(hub: string): Promise<RegistryStatistics>;
}
