import type { CloudToDeviceMessage, DeviceIdentityId, HubId } from '@linchpin/wire';

export interface MessageReceiver extends DeviceIdentityId {
  /** Of the identity: messages to an earlier one of its id are none of its own. */
  readonly generationId: string;
}

/** Messages that wait for devices and modules (service-rest.md section 13). Every method throws HubError. */
export interface CloudToDeviceMessages {
  /** Resolves when it is stored. What is not answered may have been stored: it is not sent again. */
  send(hub: HubId, receiver: DeviceIdentityId, message: CloudToDeviceMessage): Promise<void>;
  /** @returns how many there were */
  purge(hub: HubId, receiver: DeviceIdentityId): Promise<number>;
  /** @param receivers 1 to 1000; one count for each of them, in their order */
  count(hub: HubId, receivers: readonly MessageReceiver[]): Promise<readonly number[]>;
}
