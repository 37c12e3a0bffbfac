import type { DeviceIdentityId } from '@linchpin/wire';

export interface Identities {
  /** @throws HubError `DeviceNotFound`, also for a module of a missing device, or `ModuleNotFound` */
  requireExistence(hub: string, identity: DeviceIdentityId): Promise<void>;
}
