/** What a hub's owner has chosen for files that devices upload (service-rest.md section 14.2), in numbers. */
import type { HubId } from '@linchpin/wire';
import { feedbackDefaults, type KeptProperties } from './kept-properties.js';
import { secondsOf } from './kept-values.js';
import type { StorageEndpoint } from './storage-endpoint.js';

export interface UploadSettings {
  /** Undefined while none is named. */
  readonly storage: UploadStorage | undefined;
  readonly notifications: FileNotificationSettings;
}

export interface UploadStorage {
  /** A secret. */
  readonly connectionString: string;
  readonly containerName: string;
  readonly identityBased: boolean;
  /** Which identity, where there are several. */
  readonly identity: string | undefined;
  /** Of a device's right to write one blob. */
  readonly grantTtlSeconds: number;
}

export interface FileNotificationSettings {
  readonly enabled: boolean;
  readonly ttlSeconds: number;
  readonly lockSeconds: number;
  readonly maxDeliveryCount: number;
}

export interface UploadSettingsStore {
  /** @throws HubError IotHubNotFound, also when the hub is another one by now */
  get(hub: HubId): Promise<UploadSettings>;
}

export function uploadSettings(kept: KeptProperties): UploadSettings {
  const notifications = kept.messagingEndpoints?.fileNotifications ?? feedbackDefaults;
  return {
    storage: toStorage(kept.storageEndpoints?.$default),
    notifications: {
      enabled: kept.enableFileUploadNotifications ?? false,
      ttlSeconds: secondsOf(notifications.ttlAsIso8601),
      lockSeconds: secondsOf(notifications.lockDurationAsIso8601),
      maxDeliveryCount: notifications.maxDeliveryCount,
    },
  };
}

function toStorage(endpoint: StorageEndpoint | undefined): UploadStorage | undefined {
  if (endpoint === undefined || endpoint.connectionString === '' || endpoint.containerName === '') {
    return undefined;
  }
  const { connectionString, containerName, authenticationType, identity } = endpoint;
  return {
    connectionString,
    containerName,
    identityBased: authenticationType === 'identityBased',
    identity: identity?.userAssignedIdentity,
    grantTtlSeconds: secondsOf(endpoint.sasTtlAsIso8601),
  };
}
