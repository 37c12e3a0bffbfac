import {
  fileNotificationOutcomeMessages,
  toFileNotification,
  type FileNotificationsClient,
} from '@linchpin/contracts';
import { HubCalls } from '@linchpin/platform/grpc';
import type { HubId } from '@linchpin/wire';
import type { FileNotifications, LockedFileNotification } from '../domain/file-notifications.js';
import type { ReceivedServicebound, ServiceboundOutcome } from '../domain/servicebound-queue.js';

const deadlineMs = 5_000;

/** Asks file-upload which files were uploaded. */
export class GrpcFileNotifications implements FileNotifications {
  readonly #calls = new HubCalls(deadlineMs);

  constructor(private readonly client: FileNotificationsClient) {}

  async receive({
    hub,
    hubGeneration,
  }: HubId): Promise<ReceivedServicebound<LockedFileNotification>> {
    const { notification, nextDueMs } = await this.#calls.call(
      hub,
      this.client.receiveFileNotification.bind(this.client),
      { hub, hubGeneration },
      { name: 'FileNotifications/ReceiveFileNotification' },
    );
    const message = notification && { ...notification, ...toFileNotification(notification) };
    return { message, nextDueMs };
  }

  async settle(
    { hub, hubGeneration }: HubId,
    lockToken: Buffer,
    outcome: ServiceboundOutcome,
  ): Promise<void> {
    await this.#calls.call(
      hub,
      this.client.settleFileNotification.bind(this.client),
      { hub, hubGeneration, lockToken, outcome: fileNotificationOutcomeMessages[outcome] },
      { name: 'FileNotifications/SettleFileNotification' },
    );
  }
}
