import {
  FileNotificationOutcome,
  type FileNotificationsService,
  type ReceiveFileNotificationRequest,
  type ReceiveFileNotificationResponse,
  type SettleFileNotificationRequest,
  type SettleFileNotificationResponse,
} from '@linchpin/contracts';
import type { RpcHandlers } from '@linchpin/platform/grpc-server';
import { HubError, validateGeneration } from '@linchpin/wire';
import { Controller, Inject } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import type { FileNotifications } from '../domain/file-notifications.js';
import type { FileUploadEvents } from '../events.js';

export interface FileNotificationsControllerParts {
  readonly notifications: FileNotifications;
  readonly events: Pick<FileUploadEvents, 'notificationsEnded'>;
}

export const fileNotificationsControllerParts = Symbol('FileNotificationsControllerParts');

@Controller()
export class FileNotificationsController implements RpcHandlers<typeof FileNotificationsService> {
  constructor(
    @Inject(fileNotificationsControllerParts)
    private readonly parts: FileNotificationsControllerParts,
  ) {}

  @GrpcMethod('FileNotifications', 'receiveFileNotification')
  async receiveFileNotification(
    request: ReceiveFileNotificationRequest,
  ): Promise<ReceiveFileNotificationResponse> {
    validateGeneration('hub_generation', request.hubGeneration);
    const { notifications } = this.parts;
    const received = await notifications.receive(request);
    if (received === undefined) {
      return { notification: undefined, nextDueMs: await notifications.nextDueMs(request) };
    }
    const { sizeBytes, ...notification } = received;
    return { notification: { ...notification, blobSizeBytes: BigInt(sizeBytes) } };
  }

  @GrpcMethod('FileNotifications', 'settleFileNotification')
  async settleFileNotification(
    request: SettleFileNotificationRequest,
  ): Promise<SettleFileNotificationResponse> {
    validateGeneration('hub_generation', request.hubGeneration);
    const result = await this.#settle(request);
    if (result === 'lock-lost') {
      throw new HubError('DeviceMessageLockLost', 'The lock is not known, or its time is over.');
    }
    this.parts.events.notificationsEnded(result);
    return {};
  }

  async #settle({ outcome, lockToken, ...hub }: SettleFileNotificationRequest) {
    const { notifications } = this.parts;
    switch (outcome) {
      case FileNotificationOutcome.COMPLETE:
        return (await notifications.complete(hub, lockToken)) ? 'completed' : 'lock-lost';
      case FileNotificationOutcome.ABANDON:
        return notifications.abandon(hub, lockToken);
      default:
        throw new HubError('ArgumentInvalid', `The outcome ${String(outcome)} is not known.`);
    }
  }
}
