/** A file that a device uploads (device-https.md section 6). */
import type { HubId } from '@linchpin/wire';
import type { FoundBlob } from './upload-store.js';

export interface UploadingDevice extends HubId {
  readonly deviceId: string;
  /** Of the identity: one that is made again completes nothing of an earlier one. */
  readonly generationId: string;
}

export interface NewUpload {
  readonly device: UploadingDevice;
  readonly correlationId: string;
  readonly blobName: string;
  /** Without a signature. */
  readonly blobUri: string;
  readonly grantTtlSeconds: number;
}

export interface DeviceUpload {
  readonly blobName: string;
  readonly blobUri: string;
  /** `open`: its device may still complete it. */
  readonly state: 'open' | 'completed' | 'expired';
}

export interface UploadEnd {
  readonly isSuccess: boolean;
  /** What back ends are told, if they are. */
  readonly notification: NewFileNotification | undefined;
}

export interface NewFileNotification extends FoundBlob {
  readonly settings: FileNotificationSettings;
}

/** security-limits.md section 11.1. */
export interface FileNotificationSettings {
  readonly ttlSeconds: number;
  readonly lockSeconds: number;
  readonly maxDeliveryCount: number;
}

/** What the hub's owner chose. */
export interface UploadSettings {
  /** Undefined while he has named no container. */
  readonly storage: UploadStorage | undefined;
  /** Undefined while nobody is to be told. */
  readonly notifications: FileNotificationSettings | undefined;
}

export interface UploadStorage {
  /** A secret. */
  readonly connectionString: string;
  readonly containerName: string;
  /** The store trusts an identity of this deployment: no key stands in the connection string. */
  readonly isIdentityBased: boolean;
  /** Which one, where there are several. */
  readonly identity: string | undefined;
  readonly grantTtlSeconds: number;
}

export interface UploadSettingsSource {
  /** @throws HubError IotHubNotFound when the hub is another one by now */
  get(hub: HubId): Promise<UploadSettings>;
}
