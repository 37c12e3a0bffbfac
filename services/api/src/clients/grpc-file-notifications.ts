import {
  fileNotificationOutcomeMessages,
  toFileNotification,
  type FileNotificationsClient,
} from '@linchpin/contracts';
import { HubCalls } from '@linchpin/platform/grpc';
import type { HubId } from '@linchpin/wire';
import type { FileNotifications, LockedFileNotification } from '../domain/file-notifications.js';
import type { ServiceboundOutcome } from '../domain/servicebound-queue.js';

const deadlineMs = 5_000;

/** File notifications, of the service that keeps them. */
export class GrpcFileNotifications implements FileNotifications {
  readonly #calls = new HubCalls(deadlineMs);

  constructor(private readonly client: FileNotificationsClient) {}

  async receive({ hub, hubGeneration }: HubId): Promise<LockedFileNotification | undefined> {
    const { notification } = await this.#calls.call(
      hub,
      this.client.receiveFileNotification.bind(this.client),
      { hub, hubGeneration },
      { name: 'FileNotifications/ReceiveFileNotification' },
    );
    return (
      notification && { lockToken: notification.lockToken, ...toFileNotification(notification) }
    );
  }

  async settle(
    { hub, hubGeneration }: HubId,
    lockToken: Uint8Array,
    outcome: ServiceboundOutcome,
  ): Promise<void> {
    await this.#calls.call(
      hub,
      this.client.settleFileNotification.bind(this.client),
      {
        hub,
        hubGeneration,
        lockToken: Buffer.from(lockToken),
        outcome: fileNotificationOutcomeMessages[outcome],
      },
      { name: 'FileNotifications/SettleFileNotification' },
    );
  }
}
