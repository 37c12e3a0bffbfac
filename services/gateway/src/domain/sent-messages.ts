import type { CloudToDeviceMessage, DeviceIdentityId, HubId } from '@linchpin/wire';

/** Where back ends' messages to devices and modules are kept. */
export interface SentMessages {
  /**
   * Resolves when it is stored. What is not answered may have been stored: it is not sent again.
   *
   * @throws HubError `DeviceNotFound`, `ModuleNotFound`, `DeviceMaximumQueueDepthExceeded`, `ServiceUnavailable` …
   */
  send(hub: HubId, receiver: DeviceIdentityId, message: CloudToDeviceMessage): Promise<void>;
}
