import type { DeviceIdentityId, HubId } from '@linchpin/wire';

/** An identity that messages are sent to; one that is made again under its id is another. */
export interface Recipient extends HubId {
  readonly identity: DeviceIdentityId;
  readonly generationId: string;
}

/** What a hub's owner has chosen (security-limits.md section 11.1). */
export interface CloudToDeviceSettings {
  readonly defaultTtlSeconds: number;
  readonly maxDeliveryCount: number;
  readonly feedbackTtlSeconds: number;
  readonly feedbackLockSeconds: number;
  readonly feedbackMaxDeliveryCount: number;
  /** Messages that wait are purged when their device subscribes anew (device-mqtt.md section 7.3). */
  readonly purgeOnNewSubscription: boolean;
}

export interface Recipients {
  /**
   * Whoever has the id now, and what holds for its hub.
   *
   * @throws HubError `DeviceNotFound`, also for a module of a missing device, `ModuleNotFound`, `IotHubNotFound`
   */
  get(hub: HubId, identity: DeviceIdentityId): Promise<FoundRecipient>;
}

export interface FoundRecipient {
  readonly generationId: string;
  readonly settings: CloudToDeviceSettings;
}
