import type {
  FileNotificationSettings as NotificationsMessage,
  UploadSettingsClient,
  UploadStorage as StorageMessage,
} from '@linchpin/contracts';
import { callUnary } from '@linchpin/platform/grpc';
import type { HubId } from '@linchpin/wire';
import type {
  FileNotificationSettings,
  UploadSettings,
  UploadSettingsSource,
  UploadStorage,
} from '../domain/device-upload.js';

/** Devices wait. */
const deadlineMs = 3_000;

/** Kept by the registry, with the hub. */
export class GrpcUploadSettings implements UploadSettingsSource {
  constructor(private readonly client: UploadSettingsClient) {}

  async get({ hub, hubGeneration }: HubId): Promise<UploadSettings> {
    const { storage, notifications } = await callUnary(
      this.client.getUploadSettings.bind(this.client),
      { hub, hubGeneration },
      { name: 'UploadSettings/GetUploadSettings', deadlineMs },
    );
    return {
      storage: storage && toStorage(storage),
      notifications: toNotifications(notifications),
    };
  }
}

function toStorage(message: StorageMessage): UploadStorage {
  return {
    connectionString: message.connectionString,
    containerName: message.containerName,
    isIdentityBased: message.identityBased,
    identity: message.identity,
    grantTtlSeconds: message.grantTtlSeconds,
  };
}

function toNotifications(
  message: NotificationsMessage | undefined,
): FileNotificationSettings | undefined {
  if (message?.enabled !== true) {
    return undefined;
  }
  const { ttlSeconds, lockSeconds, maxDeliveryCount } = message;
  return { ttlSeconds, lockSeconds, maxDeliveryCount };
}
