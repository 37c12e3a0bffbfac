import {
  HubError,
  type CloudToDeviceMessage,
  type DeviceIdentityId,
  type HubId,
} from '@linchpin/wire';
import type { SentMessages } from './sent-messages.js';

interface Sent {
  readonly hub: string;
  readonly receiver: DeviceIdentityId;
  readonly message: CloudToDeviceMessage;
}

/** Stores for every device but those that it does not know. */
export class FakeSentMessages implements SentMessages {
  readonly stored: Sent[] = [];
  readonly unknown = new Set<string>();
  /** Why nothing is stored, while set. */
  failure: HubError | undefined;
  /** What each waits for. */
  gate: Promise<void> = Promise.resolve();

  get bodies(): string[] {
    return this.stored.map(({ message }) => Buffer.from(message.body).toString());
  }

  async send(
    { hub }: HubId,
    receiver: DeviceIdentityId,
    message: CloudToDeviceMessage,
  ): Promise<void> {
    await this.gate;
    if (this.failure !== undefined) {
      throw this.failure;
    }
    if (this.unknown.has(receiver.deviceId)) {
      throw new HubError('DeviceNotFound', 'There is no such device.');
    }
    this.stored.push({ hub, receiver, message });
  }
}
