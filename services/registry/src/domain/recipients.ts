/** Whom back ends send to: asked for each command, and so no more than that takes. */
import type { HubId } from '@linchpin/wire';
import type { CloudToDeviceSettings } from './cloud-to-device-settings.js';
import type { IdentityId } from './device-identity.js';

export interface Recipient {
  /** Of the identity that has the id now. */
  readonly generationId: string;
  readonly settings: CloudToDeviceSettings;
}

export interface Recipients {
  /**
   * @throws HubError IotHubNotFound, also when the hub is another one by now; DeviceNotFound, also for a
   *   module of a missing device; ModuleNotFound
   */
  get(hub: HubId, id: IdentityId): Promise<Recipient>;
}
