import type { DeviceIdentityId, HubId } from '@linchpin/wire';

export interface Identities {
  /**
   * Of the identity that has the id now: one that is made again has another.
   *
   * @throws HubError `DeviceNotFound`, also for a module of a missing device, or `ModuleNotFound`
   */
  generationOf(hub: HubId, identity: DeviceIdentityId): Promise<string>;
}
